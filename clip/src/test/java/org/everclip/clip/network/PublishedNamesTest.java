package org.everclip.clip.network;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names, shapes and counts of the published models, of their full size, without any weights. */
class PublishedNamesTest {

  private static final String COUNTER = ".num_batches_tracked";

  @ParameterizedTest
  @CsvSource({
    "mobileclip_s0, mobileclip_s0, .train.tsv",
    "mobileclip_s1, mobileclip_s1, .train.tsv",
    "mobileclip_s2, mobileclip_s2, .train.tsv",
    "mobileclip_b, mobileclip_b, .train.tsv",
    "MobileCLIP2-S0, open_clip_MobileCLIP2-S0, .tsv",
    "MobileCLIP2-S2, open_clip_MobileCLIP2-S2, .tsv",
    "MobileCLIP2-B, open_clip_MobileCLIP2-B, .tsv",
    "MobileCLIP2-S3, open_clip_MobileCLIP2-S3, .tsv",
    "MobileCLIP2-S4, open_clip_MobileCLIP2-S4, .tsv",
    "MobileCLIP2-L-14, open_clip_MobileCLIP2-L-14, .tsv",
    "ViT-L-14, open_clip_ViT-L-14, .tsv",
    "ViT-L-14-quickgelu, open_clip_ViT-L-14-quickgelu, .tsv",
    "coca_ViT-L-14, open_clip_coca_ViT-L-14, .tsv"
  })
  void everyTensorIsNamedAndShapedAsPublished(String model, String golden, String listing) {
    var architecture = Architecture.named(model);

    var train = network(architecture, Form.TRAIN);

    assertThat(shapes(train)).isEqualTo(Golden.listing(golden + listing));
    assertThat(parameters(train)).isEqualTo(total(Golden.json(golden)));
    if (Networks.canBeReparameterized(architecture)) {
      var folded = network(architecture, Form.REPARAMETERIZED);
      assertThat(shapes(folded)).isEqualTo(Golden.listing(golden + ".reparam.tsv"));
      assertThat(parameters(folded)).isEqualTo(total(Golden.json(golden).get("reparameterized")));
    }
  }

  /** The order of registration is what the conversion between namings relies on. */
  @ParameterizedTest
  @CsvSource({
    "mobileclip_s1, MobileCLIP-S1",
    "mobileclip_s2, MobileCLIP-S2",
    "mobileclip_b, MobileCLIP-B"
  })
  void bothNamingsHaveTheirTensorsInTheSameOrder(String original, String openClip) {
    var before = network(Architecture.named(original), Form.TRAIN);
    var after = network(Architecture.named(openClip), Form.TRAIN);

    var expected = Golden.openClipNames(original + ".train.tsv");
    assertThat(withoutHeadBias(after.parameters()))
        .isEqualTo(before.parameters().stream().map(spec -> expected.get(spec.name())).toList());
    assertThat(after.buffers().stream().map(TensorSpec::name))
        .isEqualTo(before.buffers().stream().map(spec -> expected.get(spec.name())).toList());
  }

  /** They share the architecture but not the weights of the second publication. */
  @ParameterizedTest
  @CsvSource({"MobileCLIP-S2, MobileCLIP2-S2", "MobileCLIP-B, MobileCLIP2-B"})
  void bothPublicationsHaveTheSameNetwork(String first, String second) {
    assertThat(Architecture.named(first).withName(second)).isEqualTo(Architecture.named(second));
  }

  private static Network network(Architecture architecture, Form form) {
    return Networks.create(architecture, Precision.FP32, form);
  }

  private static List<String> withoutHeadBias(List<TensorSpec> specs) {
    var names = new ArrayList<>(specs.stream().map(TensorSpec::name).toList());
    assertThat(names.removeIf(name -> name.matches("visual\\.trunk\\.head\\.(fc\\.)?bias")))
        .isTrue();
    return names;
  }

  private static long total(JsonNode golden) {
    return golden.get("parameters").get("total").asLong();
  }

  private static long parameters(Network network) {
    return network.parameters().stream().mapToLong(TensorSpec::size).sum();
  }

  /** With the batch counters that a written file has beside the network's tensors. */
  private static Map<String, List<Long>> shapes(Network network) {
    var shapes = new TreeMap<String, List<Long>>();
    Stream.concat(network.parameters().stream(), network.buffers().stream())
        .forEach(spec -> shapes.put(spec.name(), LongStream.of(spec.shape()).boxed().toList()));
    network.buffers().stream()
        .map(TensorSpec::name)
        .filter(name -> name.endsWith(".running_mean"))
        .forEach(name -> shapes.put(name.replace(".running_mean", COUNTER), List.of()));
    return shapes;
  }
}
