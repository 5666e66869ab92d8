package org.everclip.contracts.registry;

import java.util.List;
import java.util.regex.Pattern;

/**
 * What names may look like. Nothing that a client sends ever becomes a path of the server; these
 * rules also keep the names harmless on every client's file system.
 */
public final class RegistryNames {

  /** Written beside a version's files when it is pulled; never one of them. */
  public static final String MANIFEST_FILE = "everclip-manifest.json";

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");
  private static final Pattern SEGMENT =
      Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9._ -]{0,98}[A-Za-z0-9_-])?");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
  private static final Pattern VERSION = Pattern.compile("v?[1-9][0-9]{0,8}");
  private static final int MAX_SEGMENTS = 6;
  private static final List<String> RESERVED = List.of("latest", "head");

  private RegistryNames() {}

  /** May a model be called so? */
  public static boolean isName(String name) {
    return NAME.matcher(name).matches() && !name.contains("..");
  }

  /** May an alias be called so? Not like a version, a commit, or {@code latest}. */
  public static boolean isAlias(String name) {
    return isName(name) && !RESERVED.contains(name) && !isVersion(name) && !isCommit(name);
  }

  /** {@code v12} or {@code 12}. */
  public static boolean isVersion(String ref) {
    return VERSION.matcher(ref).matches();
  }

  /** The number in {@code v12} or {@code 12}. */
  public static int version(String ref) {
    if (!isVersion(ref)) {
      throw new IllegalArgumentException("expected a version such as v12, but got '" + ref + "'");
    }
    return Integer.parseInt(ref.startsWith("v") ? ref.substring(1) : ref);
  }

  /** 40 hex digits. */
  public static boolean isCommit(String ref) {
    return COMMIT.matcher(ref).matches();
  }

  /** 64 hex digits. */
  public static boolean isSha256(String text) {
    return SHA256.matcher(text).matches();
  }

  /** May a version hold a file of this path? */
  public static boolean isFilePath(String path) {
    String[] segments = path.split("/", -1);
    if (segments.length > MAX_SEGMENTS || path.equals(MANIFEST_FILE)) {
      return false;
    }
    for (String segment : segments) {
      if (!SEGMENT.matcher(segment).matches() || segment.contains("..")) {
        return false;
      }
    }
    return true;
  }
}
