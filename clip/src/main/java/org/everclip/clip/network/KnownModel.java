package org.everclip.clip.network;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.everclip.formats.image.Preprocessing;

/**
 * A model of {@code models/NAME.json}: the members of {@link Architecture} and, for published
 * models, {@code preprocessing}.
 *
 * @param preprocessing what the published weights expect; reference: architectures, section 6
 */
public record KnownModel(Architecture architecture, Optional<Preprocessing> preprocessing) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Reads the description of a known model.
   *
   * @throws IllegalArgumentException with the known names if it is none of {@link Networks#names}
   */
  public static KnownModel named(String name) {
    if (!Networks.names().contains(name)) {
      throw new IllegalArgumentException(
          "No model is called '" + name + "'; known are " + Networks.names());
    }
    try (var in = KnownModel.class.getResourceAsStream("/models/" + name + ".json")) {
      if (in == null) {
        throw new IllegalStateException("The resource models/" + name + ".json is missing");
      }
      var root = (ObjectNode) JSON.readTree(in);
      var preprocessing = Optional.ofNullable(root.remove("preprocessing"));
      return new KnownModel(
          Architecture.parse(root.toString()),
          preprocessing.map(node -> JSON.convertValue(node, Preprocessing.class)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
