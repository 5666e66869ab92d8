package org.everclip.dashboard.view;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.javalin.http.Context;
import io.javalin.http.NotFoundResponse;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How the API reads its parameters and writes its answers. Thread-safe. */
final class Answers {

  private final JsonMapper json =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .build();

  void json(Context ctx, Object value) {
    try {
      ctx.contentType("application/json").result(json.writeValueAsBytes(value));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  void problem(Context ctx, int status, String detail) {
    if (ctx.res().isCommitted()) {
      return;
    }
    ctx.status(status);
    json(ctx, Map.of("type", "about:blank", "status", status, "detail", detail));
    ctx.contentType("application/problem+json");
  }

  /**
   * Reads a body.
   *
   * @throws IllegalArgumentException when it is no such JSON
   */
  <T> T body(Context ctx, Class<T> type) {
    try {
      T value = json.readValue(ctx.bodyAsBytes(), type);
      if (value != null) {
        return value;
      }
    } catch (java.io.IOException e) {
      throw new IllegalArgumentException("the body is not the JSON that is expected here", e);
    }
    throw new IllegalArgumentException("the body is not the JSON that is expected here");
  }

  static void csv(Context ctx, String name, String text) {
    ctx.header("Content-Disposition", "attachment; filename=\"everclip-" + name + ".csv\"");
    ctx.contentType("text/csv; charset=utf-8").result(text);
  }

  static void picture(Context ctx, Optional<Pictures.Picture> picture, String otherwise) {
    Pictures.Picture found = picture.orElseThrow(() -> new NotFoundResponse(otherwise));
    ctx.header("Cache-Control", "private, max-age=600");
    ctx.contentType(found.type()).result(found.bytes());
  }

  static String required(Context ctx, String name) {
    String text = ctx.queryParam(name);
    if (text == null || text.isBlank()) {
      throw new IllegalArgumentException(name + " is wanted");
    }
    return text;
  }

  /** A parameter from 0 on; larger ones than {@code max} become it. */
  static int number(Context ctx, String name, int otherwise, int max) {
    @Nullable String text = ctx.queryParam(name);
    return text == null ? otherwise : Math.min(number(name, text), max);
  }

  static int number(String name, String text) {
    if (text.matches("\\d{1,9}")) {
      return Integer.parseInt(text);
    }
    throw new IllegalArgumentException(
        name + " must be a whole number from 0 on, but got '" + text + "'");
  }
}
