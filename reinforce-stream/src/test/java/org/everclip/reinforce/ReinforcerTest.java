package org.everclip.reinforce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.embedding.EmbeddingEncoding;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReinforcerTest {

  @TempDir private static Path program;

  private static Ensemble ensemble;
  private static Reinforcer reinforcer;

  @BeforeAll
  static void load() throws Exception {
    TestProgram.write(program);
    ensemble = Ensemble.load(RecipeFile.parse(TestProgram.RECIPE), program, "auto");
    reinforcer = reinforcer(ModelWatch.WINDOW, OnBadModel.REPORT);
  }

  @AfterAll
  static void free() {
    ensemble.close();
  }

  @Test
  void aRecordHoldsWhatTheRecipeSays() {
    AcceptedPair pair = TestPairs.pair(1);

    ReinforcedPair made = reinforced(reinforce(List.of(pair)).get(0));

    assertThat(made.getPair()).isEqualTo(pair);
    assertThat(made.getReinforcementVersion()).isEqualTo(ensemble.reinforcementVersion());
    assertThat(made.getCaptions()).hasSize(3);
    assertThat(made.getCaptions())
        .allSatisfy(
            caption -> {
              assertThat(caption.getCaptionerId()).matches("captioner@[0-9a-f]{12}");
              assertThat(caption.getDecoding()).contains("\"topP\":0.9", "\"seed\":");
              assertThat(caption.getText()).doesNotContain(".");
            });
    assertThat(made.getCaptions().stream().map(c -> c.getDecoding()).distinct()).hasSize(3);
    assertThat(made.getAugmentations()).hasSize(2).doesNotHaveDuplicates();
    assertThat(made.getTeacherEmbeddings())
        .extracting(TeacherEmbedding::getTeacherId)
        .satisfiesExactly(
            id -> assertThat(id).startsWith("conv@"), id -> assertThat(id).startsWith("vit@"));
    for (TeacherEmbedding embedding : made.getTeacherEmbeddings()) {
      assertUnitRows(embedding.getImage(), 2, embedding.getDim());
      assertUnitRows(embedding.getCaption(), 3, embedding.getDim());
      assertUnitRows(embedding.getText(), 1, embedding.getDim());
    }
    assertThat(made.getQualityScore()).isBetween(-1f, 1f);
  }

  @Test
  void theStoredParametersGiveTheTeachersPixels() {
    AcceptedPair pair = TestPairs.pair(2);
    ReinforcedPair made = reinforced(reinforce(List.of(pair)).get(0));
    RgbImage square =
        Preprocessing.padToSquare(
            new ImageDecoder(ImageLimits.defaults()).decodeTrusted(pair.getImage().array()));
    Ensemble.Member teacher = ensemble.teachers().get(0);
    int size = teacher.model().preprocessing().size();
    var views =
        made.getAugmentations().stream()
            .map(json -> Augmentation.parse(json).apply(square, size))
            .collect(java.util.stream.Collectors.toCollection(ArrayList::new));
    while (views.size() < Reinforcer.ROWS) {
      views.add(views.get(0));
    }

    float[][] rows = teacher.model().encodeImages(views);

    TeacherEmbedding embedding = made.getTeacherEmbeddings().get(0);
    float[] stored =
        EmbeddingEncoding.of(embedding.getEncoding())
            .open(embedding.getImage(), embedding.getDim())
            .values();
    for (int i = 0; i < teacher.model().embedDim(); i++) {
      assertThat(stored[i]).isCloseTo(rows[0][i], org.assertj.core.data.Offset.offset(0.004f));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 13})
  void neitherCompanyNorOrderMatters(int batch) {
    var pairs = new ArrayList<AcceptedPair>();
    for (int i = 0; i < 13; i++) {
      pairs.add(TestPairs.pair(i));
    }
    Map<String, ReinforcedPair> expected = run(pairs, 4);
    Collections.shuffle(pairs, new Random(batch));

    Map<String, ReinforcedPair> actual = run(pairs, batch);

    // Bit by bit, embeddings and scores included; only the time of writing is another.
    actual.values().forEach(pair -> pair.setReinforcedTime(java.time.Instant.EPOCH));
    expected.values().forEach(pair -> pair.setReinforcedTime(java.time.Instant.EPOCH));
    assertThat(actual).isEqualTo(expected);
  }

  @Test
  void aBrokenPictureIsRefused() {
    AcceptedPair broken =
        TestPairs.pair(3, 1, "no picture at all".getBytes(StandardCharsets.UTF_8));

    assertThatThrownBy(() -> reinforcer.prepare(broken))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cannot be decoded");
  }

  @Test
  void aBadModelStopsTheWorkOrQuarantinesPairsOrIsReported() {
    List<AcceptedPair> pairs = List.of(TestPairs.pair(1), TestPairs.pair(2), TestPairs.pair(3));

    assertThatThrownBy(() -> reinforce(reinforcer(3, OnBadModel.STOP), pairs))
        .isInstanceOf(BadModelException.class)
        .hasMessageContaining("teacher conv@");
    assertThat(reinforce(reinforcer(3, OnBadModel.QUARANTINE), pairs))
        .allSatisfy(
            answer ->
                assertThat(((Reinforcement.Refused) answer).detail())
                    .startsWith("quarantined: teacher conv@"));
    assertThat(reinforce(reinforcer(3, OnBadModel.REPORT), pairs))
        .allSatisfy(answer -> assertThat(answer).isInstanceOf(Reinforcement.Reinforced.class));
  }

  private static Reinforcer reinforcer(int window, OnBadModel action) {
    return new Reinforcer(
        ensemble,
        new ReinforceMeters(new SimpleMeterRegistry()),
        new ModelWatch(
            ensemble.teachers().stream().map(Ensemble.Member::id).toList(),
            ensemble.captionerId(),
            window,
            action));
  }

  private static Map<String, ReinforcedPair> run(List<AcceptedPair> pairs, int batch) {
    var made = new HashMap<String, ReinforcedPair>();
    for (int from = 0; from < pairs.size(); from += batch) {
      List<AcceptedPair> some = pairs.subList(from, Math.min(pairs.size(), from + batch));
      for (Reinforcement result : reinforce(some)) {
        ReinforcedPair pair = reinforced(result);
        made.put(pair.getPair().getPairId(), pair);
      }
    }
    return made;
  }

  private static ReinforcedPair reinforced(Reinforcement result) {
    assertThat(result).isInstanceOf(Reinforcement.Reinforced.class);
    return ((Reinforcement.Reinforced) result).pair();
  }

  private static void assertUnitRows(ByteBuffer bytes, int rows, int dim) {
    float[] values = EmbeddingEncoding.BF16_PACKED.open(bytes, dim).values();
    assertThat(values).hasSize(rows * dim);
    for (int row = 0; row < rows; row++) {
      double sum = 0;
      for (int i = 0; i < dim; i++) {
        sum += values[row * dim + i] * values[row * dim + i];
      }
      assertThat(sum).isCloseTo(1, org.assertj.core.data.Offset.offset(0.01));
    }
  }

  /** Both steps of the work. */
  private static List<Reinforcement> reinforce(List<AcceptedPair> pairs) {
    return reinforce(reinforcer, pairs);
  }

  private static List<Reinforcement> reinforce(Reinforcer reinforcer, List<AcceptedPair> pairs) {
    return reinforcer.reinforce(pairs.stream().map(reinforcer::prepare).toList());
  }
}
