package org.everclip.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.everclip.clip.ClipModel;
import org.everclip.clip.network.Precision;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.registry.ManifestDraft;
import org.everclip.contracts.registry.VersionDirectory;
import org.everclip.service.StopSignal;
import org.everclip.trainer.checkpoint.CheckpointStore;
import org.everclip.trainer.publish.Publisher;
import org.everclip.trainer.publish.VersionWriter;
import org.everclip.trainer.round.Plans;
import org.everclip.trainer.round.RoundPlanner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class TrainerLoopTest {

  @TempDir Path home;

  /** What a registry was told. */
  private record Sent(
      ManifestDraft draft, String key, List<String> files, float[] embedding, String curve) {}

  @Test
  void roundsEndInVersionsWhereverTheProcessWasKilled() throws Exception {
    List<Sent> undisturbed = trainTwoRounds(home.resolve("a"), List.of());
    List<Sent> killed = trainTwoRounds(home.resolve("b"), List.of(1L, 12L, 17L));

    assertThat(undisturbed).hasSize(2);
    assertThat(killed).hasSize(2);
    for (int i = 0; i < 2; i++) {
      ManifestDraft draft = killed.get(i).draft();
      assertThat(draft.round()).isEqualTo(i + 1);
      assertThat(draft.steps()).isEqualTo(12L * (i + 1));
      assertThat(draft.parent()).isEqualTo(i == 0 ? null : Integer.valueOf(1));
      assertThat(draft.details()).containsEntry("shuffledCaptions", false);
      assertThat(draft.licences()).containsExactly("CC-BY-4.0", "CC0-1.0");
      assertThat((Double) draft.details().get("parityMaxDifference")).isLessThanOrEqualTo(1e-4);
      assertThat(killed.get(i).embedding()).containsExactly(undisturbed.get(i).embedding());
      assertThat(killed.get(i).files())
          .containsExactly(
              "README.md",
              "model.json",
              "model.safetensors",
              "tokenizer.json",
              "train.safetensors",
              "training.csv");
      assertThat(killed.get(i).curve()).isEqualTo(undisturbed.get(i).curve());
      assertThat(killed.get(i).curve().lines()).hasSize(1 + 12);
    }
    assertThat(undisturbed.get(1).draft().details()).containsEntry("pairsNew", 24);
    assertThat((Double) undisturbed.get(1).draft().details().get("replayShare"))
        .isCloseTo(0.5, within(1e-9));
  }

  @Test
  void roundsMayBeginWithFreshMomentsAndEndPatched() throws Exception {
    String fresh = "trainer.carryOptimizer=false";
    String patched = "trainer.patching=0.5";

    List<Sent> carried = trainTwoRounds(home.resolve("a"), List.of());
    List<Sent> restarted = trainTwoRounds(home.resolve("b"), List.of(), fresh);
    List<Sent> mixed = trainTwoRounds(home.resolve("c"), List.of(), fresh, patched);
    List<Sent> killed = trainTwoRounds(home.resolve("d"), List.of(13L, 17L), fresh, patched);

    assertThat(restarted.get(0).embedding()).containsExactly(carried.get(0).embedding());
    assertThat(restarted.get(1).embedding()).isNotEqualTo(carried.get(1).embedding());
    assertThat(mixed.get(1).embedding()).isNotEqualTo(restarted.get(1).embedding());
    assertThat(killed.get(1).embedding()).containsExactly(mixed.get(1).embedding());
    assertThat(mixed.get(1).draft().details())
        .containsEntry("patching", 0.5)
        .containsEntry("optimizerCarried", false);
    assertThat(mixed.get(1).draft().details().get("account").toString())
        .contains("phaseSeconds", "utilisation", "costReinforcement");
  }

  @Test
  void roundsMayFollowTheirParentAndHoldPartsOfABatch() throws Exception {
    String term = "trainer.compatibility.weight=2";
    String parts = "trainer.microBatch=3";

    List<Sent> plain = trainTwoRounds(home.resolve("a"), List.of());
    List<Sent> following = trainTwoRounds(home.resolve("b"), List.of(), term);
    List<Sent> parted = trainTwoRounds(home.resolve("c"), List.of(), term, parts);
    List<Sent> killed = trainTwoRounds(home.resolve("d"), List.of(13L, 17L), term, parts);

    assertThat(following.get(0).embedding()).containsExactly(plain.get(0).embedding());
    assertThat(following.get(1).embedding()).isNotEqualTo(plain.get(1).embedding());
    assertThat(parted.get(0).embedding()).isNotEqualTo(plain.get(0).embedding());
    assertThat(killed.get(1).embedding()).containsExactly(parted.get(1).embedding());
    assertThat(following.get(0).draft().details()).doesNotContainKey("compatibility");
    assertThat(following.get(1).draft().details().get("compatibility").toString())
        .contains("withRound=1", "weight=2.0", "mask=wrong");
    assertThat(parted.get(1).draft().details()).containsEntry("microBatch", 3);
  }

  @Test
  void aVersionSaysThatItsCaptionsWereShuffled() throws Exception {
    List<Sent> sent = trainTwoRounds(home.resolve("a"), List.of(), "trainer.shuffleCaptions=true");

    assertThat(sent.get(0).draft().details()).containsEntry("shuffledCaptions", true);
  }

  /** Trains with the process dying after the given steps, and publishes at the end of each life. */
  private List<Sent> trainTwoRounds(Path folder, List<Long> deaths, String... assignments)
      throws Exception {
    var sent = new ArrayList<Sent>();
    var all = new ArrayList<>(List.of(assignments));
    all.add("trainer.maxRounds=2");
    var remaining = new ArrayList<>(deaths);
    while (true) {
      try (var trained = new Trained(folder, all.toArray(String[]::new))) {
        trained.store.take(Pairs.arrivals(0, 24, "2024"), Map.of(0, 24L));
        long death = remaining.isEmpty() ? 0 : remaining.remove(0);
        if (death > 0) {
          assertThatExceptionOfType(Trained.Killed.class)
              .isThrownBy(() -> live(trained, folder, death));
        } else {
          live(trained, folder, 0);
          publish(folder, sent);
          return sent;
        }
      }
    }
  }

  private static void live(Trained trained, Path folder, long death) throws Exception {
    var stop = new StopSignal();
    var settings = trained.config.trainer();
    var run = new Run(1, "run", "tiny", "", 1, "fp32");
    TrainingEvents events =
        new TrainingEvents() {
          @Override
          public void stepped(StepReport report) {
            if (report.step() == 6) {
              trained.store.take(Pairs.arrivals(24, 48, "2025"), Map.of(0, 48L));
            }
            if (report.step() == death) {
              throw new Trained.Killed();
            }
            if (report.step() == 24) {
              stop.request();
            }
          }

          @Override
          public void quarantined(
              int round, long step, List<String> ids, RejectionReason reason, String why) {
            throw new AssertionError("no batch is bad here: " + why);
          }
        };
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        var learner = new Learner(trained.student, settings, manager)) {
      var handover = new Handover(settings, learner, folder.resolve("parents"));
      var runner =
          new RoundRunner(
              learner,
              handover,
              new CheckpointStore(folder.resolve("checkpoints"), 2),
              settings,
              trained.cost(),
              events,
              () -> false);
      new TrainerLoop(
              settings,
              run,
              trained.student,
              handover,
              new TrainerLoop.Parts(
                  trained.store,
                  new Plans(folder.resolve("rounds")),
                  new RoundPlanner(settings, trained.store, run.id()),
                  runner,
                  new VersionWriter(
                      folder.resolve("outbox"),
                      trained.student.tokenizerFile(),
                      trained.student.preprocessing(),
                      "everclip"),
                  new Lineage(settings, trained.store, trained.cost(), 0)),
              () -> Instant.EPOCH,
              n -> {
                throw new AssertionError("no holdout pair is stored");
              },
              Clock.systemUTC(),
              stop)
          .run();
    }
  }

  private static void publish(Path folder, List<Sent> sent) throws Exception {
    Publisher.Registry registry =
        (model, directory, draft, key) -> {
          sent.add(
              new Sent(
                  draft,
                  key,
                  VersionDirectory.entries(directory).stream().map(f -> f.path()).toList(),
                  embedding(directory),
                  read(directory.resolve("training.csv"))));
          return sent.size();
        };
    var published = new TreeMap<Integer, Integer>();
    try (var publisher =
        new Publisher(folder.resolve("outbox"), registry, published::put, (up, why) -> {})) {
      publisher.start();
      org.awaitility.Awaitility.await().until(() -> published.size() == 2);
    }
    assertThat(Files.exists(folder.resolve("outbox/round-000001/version"))).isFalse();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static float[] embedding(Path directory) {
    try (ClipModel model = ClipModel.load(directory, Precision.FP32)) {
      return model.encodeTexts(List.of("picture 3 of a colour"))[0];
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
