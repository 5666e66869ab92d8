package org.everclip.contracts.registry;

/**
 * One file of a version.
 *
 * @param path relative, with {@code /}, as {@link RegistryNames#isFilePath} allows
 * @param sha256 64 hex digits
 * @param size in bytes
 */
public record FileEntry(String path, String sha256, long size) {

  public FileEntry {
    if (!RegistryNames.isFilePath(path)) {
      throw new IllegalArgumentException(
          "a version's file needs a plain relative path, but got '" + path + "'");
    }
    if (!RegistryNames.isSha256(sha256)) {
      throw new IllegalArgumentException(
          "expected 64 lower-case hex digits as sha256 of " + path + ", but got '" + sha256 + "'");
    }
    if (size < 0) {
      throw new IllegalArgumentException("size of " + path + " is negative: " + size);
    }
  }
}
