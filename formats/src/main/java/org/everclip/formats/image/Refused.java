package org.everclip.formats.image;

/**
 * A picture that was not read.
 *
 * @param detail what was found, for people
 */
public record Refused(Reason reason, String detail) implements DecodeResult {}
