package org.everclip.ingest.receive;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.javalin.http.UploadedFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import org.everclip.contracts.MalformedRecordException;
import org.everclip.contracts.RawPairCodec;
import org.everclip.contracts.avro.ImageTextPair;

/**
 * Reads the pair of a request: JSON as in {@code pairs.raw} (image in base64), or a form whose
 * fields have the same names, with {@code image} as a file and {@code attributes} as JSON.
 * Thread-safe.
 */
final class PairRequest {

  private static final JsonMapper JSON = new JsonMapper();

  private final RawPairCodec codec;

  PairRequest(RawPairCodec codec) {
    this.codec = codec;
  }

  /** Whether the request's type is one of the two. */
  static boolean isKnown(Context ctx) {
    return isJson(ctx) || isForm(ctx);
  }

  private static boolean isJson(Context ctx) {
    return type(ctx).equals("application/json");
  }

  private static boolean isForm(Context ctx) {
    return type(ctx).equals("multipart/form-data");
  }

  private static String type(Context ctx) {
    String type = ctx.contentType();
    return type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
  }

  /**
   * Reads the pair.
   *
   * @throws MalformedRecordException if it is none, with the reason
   */
  ImageTextPair read(Context ctx) throws IOException {
    return isForm(ctx) ? form(ctx) : json(ctx.bodyAsBytes());
  }

  private ImageTextPair json(byte[] body) {
    int start = 0;
    while (start < body.length && Character.isWhitespace(body[start])) {
      start++;
    }
    if (start == body.length || body[start] != '{') {
      throw new MalformedRecordException("expected one JSON object");
    }
    return codec.decode(start == 0 ? body : java.util.Arrays.copyOfRange(body, start, body.length));
  }

  private ImageTextPair form(Context ctx) throws IOException {
    ObjectNode fields = JSON.createObjectNode();
    ctx.formParamMap().forEach((name, values) -> field(fields, name, values));
    List<UploadedFile> files = ctx.uploadedFiles("image");
    if (files.size() > 1 || ctx.uploadedFiles().size() > files.size()) {
      throw new MalformedRecordException("expected one file, in the field 'image'");
    }
    ImageTextPair pair = codec.decode(fields.toString().getBytes(UTF_8));
    if (!files.isEmpty()) {
      try (InputStream in = files.get(0).content()) {
        pair.setImage(ByteBuffer.wrap(in.readAllBytes()));
      }
    }
    return pair;
  }

  private static void field(ObjectNode fields, String name, List<String> values) {
    if (values.isEmpty()) {
      // A file: its content is not among the values.
      return;
    }
    if (values.size() != 1) {
      throw new MalformedRecordException("the field '" + clip(name) + "' comes twice");
    }
    String value = values.get(0);
    switch (name) {
      case "image" -> throw new MalformedRecordException("'image' must be a file (a filename)");
      case "holdout" -> fields.put(name, Boolean.parseBoolean(value));
      case "attributes" -> {
        try {
          fields.set(name, JSON.readTree(value));
        } catch (JsonProcessingException e) {
          throw new MalformedRecordException("field 'attributes' is no JSON", e);
        }
      }
      default -> fields.put(name, value);
    }
  }

  private static String clip(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "…";
  }
}
