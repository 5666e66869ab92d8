package org.everclip.contracts.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Server-sent events of the registry, line by line; comment lines are its heartbeat. */
final class EventLines implements AutoCloseable {

  private static final String DATA = "data:";

  private final BufferedReader lines;

  EventLines(InputStream body) {
    lines = new BufferedReader(new InputStreamReader(body, UTF_8));
  }

  void forEach(Consumer<RegistryEvent> onEvent, BooleanSupplier stop) throws IOException {
    for (String line = lines.readLine();
        line != null && !stop.getAsBoolean();
        line = lines.readLine()) {
      String data = line.startsWith(DATA) ? line.substring(DATA.length()).trim() : "";
      if (data.startsWith("{")) {
        onEvent.accept(CanonicalJson.read(data, RegistryEvent.class));
      }
    }
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
