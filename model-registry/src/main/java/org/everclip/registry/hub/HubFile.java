package org.everclip.registry.hub;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.everclip.contracts.registry.FileEntry;

/**
 * A version's file as the Hub describes it: small ones by their git blob id, large ones as LFS
 * objects behind a pointer text.
 *
 * @param oid git blob SHA-1 of the file, or of its pointer
 */
record HubFile(FileEntry file, String oid) {

  private static final long LARGE_BYTES = 1 << 20;

  static boolean isLarge(FileEntry file) {
    return file.path().endsWith(".safetensors") || file.size() >= LARGE_BYTES;
  }

  /** The text that stands in git for a large file. */
  static byte[] pointer(FileEntry file) {
    return ("version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n"
            .formatted(file.sha256(), file.size()))
        .getBytes(UTF_8);
  }

  /** SHA-1 of {@code kind SIZE NUL CONTENT}, git's name for content. */
  static String gitOid(String kind, byte[] content) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-1");
      digest.update((kind + " " + content.length + "\0").getBytes(UTF_8));
      return HexFormat.of().formatHex(digest.digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-1", e);
    }
  }

  boolean large() {
    return isLarge(file);
  }

  /** What becomes the file's name in client caches: equal tags mean equal bytes. */
  String etag() {
    return large() ? file.sha256() : oid;
  }

  /** The entry of a tree or paths-info answer. */
  Map<String, Object> treeEntry() {
    var entry = new LinkedHashMap<String, Object>();
    entry.put("type", "file");
    entry.put("oid", oid);
    entry.put("size", file.size());
    entry.put("path", file.path());
    if (large()) {
      entry.put(
          "lfs",
          Map.of(
              "oid", file.sha256(),
              "size", file.size(),
              "pointerSize", pointer(file).length));
    }
    return entry;
  }

  /** The entry among a model's {@code siblings}. */
  Map<String, Object> sibling(boolean blobs) {
    var entry = new LinkedHashMap<String, Object>();
    entry.put("rfilename", file.path());
    if (blobs) {
      entry.put("size", file.size());
      entry.put("blobId", oid);
      if (large()) {
        entry.put(
            "lfs",
            Map.of(
                "sha256", file.sha256(),
                "size", file.size(),
                "pointerSize", pointer(file).length));
      }
    }
    return entry;
  }

  /** What JavaScript clients and browsers are told. */
  String contentType() {
    String path = file.path();
    if (path.endsWith(".json")) {
      return "application/json";
    }
    return path.endsWith(".txt") ? "text/plain; charset=utf-8" : "application/octet-stream";
  }
}
