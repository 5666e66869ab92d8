package org.everclip.registry.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.everclip.contracts.registry.CanonicalJson;
import org.everclip.formats.weights.SafetensorsReader;
import org.everclip.formats.weights.WeightFileException;

/**
 * Lets only data into a version: safetensors whose header is sound, JSON, and UTF-8 text. The bytes
 * decide, never the name alone: a pickle or an archive is refused whatever it is called, because
 * loading one executes code.
 */
public final class SafeContent {

  private static final long MAX_JSON_BYTES = 64L << 20;
  private static final int PICKLE = 0x80;

  private SafeContent() {}

  /**
   * Checks a file under the name that it shall have.
   *
   * @throws BlobRefused saying why it may not be part of a version
   */
  public static void check(String path, Path file) throws IOException {
    refuseExecutable(path, file);
    String name = path.toLowerCase(Locale.ROOT);
    if (name.endsWith(".safetensors")) {
      try (SafetensorsReader reader = SafetensorsReader.open(file)) {
        if (reader.tensors().isEmpty()) {
          throw refused(path, "it holds no tensor");
        }
      } catch (WeightFileException e) {
        throw refused(path, String.valueOf(e.getMessage()));
      }
    } else if (name.endsWith(".json")) {
      checkJson(path, file);
    } else {
      checkText(path, file);
    }
  }

  private static void refuseExecutable(String path, Path file) throws IOException {
    byte[] head;
    try (InputStream in = Files.newInputStream(file)) {
      head = in.readNBytes(4);
    }
    boolean pickle = head.length > 1 && (head[0] & 0xff) == PICKLE && head[1] >= 1 && head[1] <= 5;
    boolean archive = head.length > 1 && head[0] == 'P' && head[1] == 'K';
    // A safetensors header of 0x..80 bytes begins like a pickle; its own check then decides.
    if (archive || (pickle && !path.endsWith(".safetensors"))) {
      throw refused(path, "pickles and archives run code when loaded; publish safetensors");
    }
  }

  private static void checkJson(String path, Path file) throws IOException {
    if (Files.size(file) > MAX_JSON_BYTES) {
      throw refused(path, "JSON may have at most " + MAX_JSON_BYTES + " bytes");
    }
    try {
      CanonicalJson.tree(Files.readString(file));
    } catch (CharacterCodingException | IllegalArgumentException e) {
      throw refused(path, "it is not JSON");
    }
  }

  private static void checkText(String path, Path file) throws IOException {
    var decoder =
        UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    char[] buffer = new char[1 << 14];
    try (Reader reader = new InputStreamReader(Files.newInputStream(file), decoder)) {
      for (int n = reader.read(buffer); n >= 0; n = reader.read(buffer)) {
        for (int i = 0; i < n; i++) {
          if (buffer[i] == 0) {
            throw refused(path, "a version holds safetensors, JSON and UTF-8 text only");
          }
        }
      }
    } catch (CharacterCodingException e) {
      throw refused(path, "a version holds safetensors, JSON and UTF-8 text only");
    }
  }

  private static BlobRefused refused(String path, String why) {
    return new BlobRefused(BlobRefused.Cause.UNSAFE_CONTENT, path + " is refused: " + why);
  }
}
