package org.everclip.formats;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;

/** Reference values and hostile inputs on the test class path. */
public final class Goldens {
  private Goldens() {}

  public static byte[] bytes(String name) {
    try (InputStream in = Goldens.class.getResourceAsStream("/" + name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  public static JsonNode json(String name) {
    try {
      return new JsonMapper().readTree(bytes(name));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  public static Path path(String name) {
    try {
      return Path.of(Objects.requireNonNull(Goldens.class.getResource("/" + name), name).toURI());
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }

  public static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
