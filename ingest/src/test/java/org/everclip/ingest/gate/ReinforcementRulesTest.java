package org.everclip.ingest.gate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.avro.Split;
import org.everclip.contracts.avro.StoredReinforcement;
import org.everclip.contracts.avro.SyntheticCaption;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.formats.embedding.Bfloat16;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pairs that bring their reinforcement, through the gate's whole flow. */
class ReinforcementRulesTest {

  private static final int SIDE = 64;

  @TempDir Path home;

  @Test
  void aPairMayBringItsReinforcementAndTheGateNamesItsVersion() {
    try (var gate = new GateDriver(home, "gate.holdoutShare=0")) {
      StoredReinforcement forged = good().setReinforcementVersion("0123456789abcdef").build();
      gate.offer(pair("a", 1, forged));
      gate.offer(pair("b", 2, good().build()));
      gate.offer(
          pair("c", 3, good().setTeacherEmbeddings(List.of(teacher("other", 1, 1, 1))).build()));

      List<AcceptedPair> accepted = gate.accepted();
      assertThat(accepted).extracting(AcceptedPair::getSplit).containsOnly(Split.TRAIN).hasSize(3);
      List<String> versions =
          accepted.stream().map(pair -> pair.getReinforcement().getReinforcementVersion()).toList();
      assertThat(versions.get(0)).matches("datacompdr-[0-9a-f]{16}").isEqualTo(versions.get(1));
      assertThat(versions.get(2)).isNotEqualTo(versions.get(0));
      StoredReinforcement kept = accepted.get(0).getReinforcement();
      assertThat(kept.getCaptions().get(0).getText()).isEqualTo("Two & more");
      assertThat(kept.getQualityScore()).isEqualTo(1f);
      assertThat(kept.getAugmentations()).isEqualTo(forged.getAugmentations());
    }
  }

  @Test
  void allOtherRulesHoldForItToo() {
    try (var gate = new GateDriver(home, "gate.holdoutShare=1")) {
      gate.offer(pair("a", 1, good().build()));
      gate.offer(pair("a", 1, good().build()));
      gate.offer(GateDriver.deletion("a"));
      gate.offer(pair("a", 1, good().build()));

      var records = gate.acceptedRecords();
      assertThat(records).hasSize(3);
      assertThat(records.get(1).value()).isNull();
      assertThat(gate.rejected())
          .extracting(RejectedPair::getReason)
          .containsExactly(RejectionReason.DUPLICATE_EXACT);
    }
    try (var gate = new GateDriver(home.resolve("holdout"), "gate.holdoutShare=1")) {
      gate.offer(pair("a", 1, good().build()));

      assertThat(gate.accepted()).extracting(AcceptedPair::getSplit).containsExactly(Split.HOLDOUT);
    }
  }

  @Test
  void whatDoesNotFitIsRefusedWithItsReason() {
    Map<String, UnaryOperator<StoredReinforcement.Builder>> wrong =
        Map.ofEntries(
            Map.entry("1 to 1000 augmentations", r -> r.setAugmentations(List.of())),
            Map.entry(
                "inside the square of 64",
                r -> r.setAugmentations(List.of("[[60, 0, 5, 5], [[0, 0.0]]]"))),
            Map.entry("not JSON", r -> r.setAugmentations(List.of("[["))),
            Map.entry("1 to 16 teachers", r -> r.setTeacherEmbeddings(List.of())),
            Map.entry(
                "values of image", r -> r.setTeacherEmbeddings(List.of(teacher("t", 2, 1, 1)))),
            Map.entry(
                "values of caption", r -> r.setTeacherEmbeddings(List.of(teacher("t", 1, 2, 1)))),
            Map.entry(
                "values of text", r -> r.setTeacherEmbeddings(List.of(teacher("t", 1, 1, 3)))),
            Map.entry("unit rows", r -> r.setTeacherEmbeddings(List.of(scaled("t", 1.02f)))),
            Map.entry(
                "unit rows of image", r -> r.setTeacherEmbeddings(List.of(scaled("t", Float.NaN)))),
            Map.entry("1 to 8192 values", r -> r.setTeacherEmbeddings(List.of(dim(1 << 30)))),
            Map.entry(
                "usable captions",
                r -> r.setCaptions(List.of(new SyntheticCaption(" ", "syn_text", "{}")))));
    try (var gate = new GateDriver(home)) {
      wrong.forEach(
          (expected, change) -> {
            gate.offer(pair(expected, 1, change.apply(good()).build()));

            assertThat(gate.rejected())
                .as(expected)
                .singleElement()
                .satisfies(
                    rejected -> {
                      assertThat(rejected.getReason()).isEqualTo(RejectionReason.METADATA_INVALID);
                      assertThat(rejected.getDetail()).contains(expected);
                    });
          });
    }
  }

  private static ImageTextPair pair(String id, int picture, StoredReinforcement reinforcement) {
    return GateDriver.pair(id, "Rectangles", Pictures.drawing(picture))
        .setReinforcement(reinforcement)
        .build();
  }

  private static StoredReinforcement.Builder good() {
    return StoredReinforcement.newBuilder()
        .setCaptions(List.of(new SyntheticCaption("Two &amp; more", "syn_text", "{}")))
        .setAugmentations(List.of("[[0, 0, 64, " + SIDE + "], [[0, 0.0]]]"))
        .setTeacherEmbeddings(List.of(teacher("t", 1, 1, 1)));
  }

  private static TeacherEmbedding teacher(String id, int images, int captions, int texts) {
    return new TeacherEmbedding(
        id, 2, "bf16", rows(images, 1f), rows(captions, 1f), rows(texts, 1f));
  }

  private static TeacherEmbedding scaled(String id, float length) {
    return new TeacherEmbedding(id, 2, "bf16", rows(1, length), rows(1, 1f), rows(1, 1f));
  }

  private static TeacherEmbedding dim(int dim) {
    return new TeacherEmbedding("t", dim, "bf16", rows(1, 1f), rows(1, 1f), rows(1, 1f));
  }

  private static ByteBuffer rows(int count, float length) {
    var values = new float[2 * count];
    for (int row = 0; row < count; row++) {
      values[2 * row] = length;
    }
    return ByteBuffer.wrap(Bfloat16.encode(values));
  }
}
