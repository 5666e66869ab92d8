package org.everclip.formats.archive;

/**
 * A member of a zip archive.
 *
 * @param stored whether its bytes are in the archive as they are; otherwise deflated
 * @param offset of its first byte from the beginning of the archive
 * @param packed bytes in the archive
 * @param size bytes when unpacked
 */
public record ZipMember(
    String name, boolean stored, int crc, long offset, long packed, long size) {}
