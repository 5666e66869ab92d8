package org.everclip.evaluation.role;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.evaluation.task.Task;
import org.junit.jupiter.api.Test;

/**
 * The evaluator dies at any of its effects, before or after it took place, again and again. In the
 * end there is what an undisturbed one leaves, and every record was written once. The same with
 * processes and kill -9: {@code system-tests/proof EvaluatorKillProof}.
 */
class EvaluatorCrashTest {

  private static final int SEEDS = 15;
  private static final int KILLS = 20;
  private static final List<List<String>> ARRIVALS =
      List.of(List.of("2014"), List.of("2014", "2015"), List.of("2016"));

  @Test
  void killedAnywhereItLeavesTheSameResultsAndEachOnce() throws Exception {
    var calm = new World(new Random(0), 0);
    calm.run();
    assertThat(calm.facts()).hasSizeGreaterThan(30);

    for (int seed = 1; seed <= SEEDS; seed++) {
      var world = new World(new Random(seed), KILLS);
      world.run();
      assertThat(world.facts()).as("seed %d", seed).isEqualTo(calm.facts());
      assertThat(world.versions.moves()).as("seed %d", seed).isEqualTo(calm.versions.moves());
      assertThat(world.results.written.values()).as("seed %d", seed).containsOnly(1);
    }
  }

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** What outlives the process: registry and log; and the moments at which it dies. */
  private static final class World {

    private final Random random;
    private final MemoryVersions versions = new MemoryVersions();
    private final Log results = new Log(this);
    private final Tasks tasks;
    private int kills;
    private int untilKill;

    World(Random random, int kills) throws Exception {
      this.random = random;
      this.kills = kills;
      this.untilKill = random.nextInt(8);
      this.tasks =
          new Tasks(
              List.of(
                  Suite.of(
                      Task.LOCAL,
                      List.of(Numbers.classification("numbers", 20), Numbers.holdout(12)))),
              List.of(Numbers.period("2014", 10), Numbers.period("2015", 10)));
    }

    void run() throws Exception {
      for (List<String> arrivals : ARRIVALS) {
        arrivals.forEach(versions::publish);
        boolean done = false;
        while (!done) {
          try {
            EvaluatorRig.work(EvaluatorRig.evaluator(new Mortal(this), results, v -> tasks));
            done = true;
          } catch (Killed e) {
            // Started anew on what is left.
          }
        }
      }
    }

    Map<String, String> facts() {
      return EvaluatorRig.facts(results, 4);
    }

    /** An effect: the process may die before or after it. */
    void effect(Runnable effect) {
      boolean dies = kills > 0 && untilKill-- == 0;
      boolean before = dies && random.nextBoolean();
      if (!before) {
        effect.run();
      }
      if (dies) {
        kills--;
        untilKill = random.nextInt(8);
        throw new Killed();
      }
    }
  }

  /** The log; counts how often each key was written. */
  private static final class Log implements Results {

    private final World world;
    private final KnownResults known = new KnownResults();
    private final Map<String, Integer> written = new HashMap<>();

    Log(World world) {
      this.world = world;
    }

    @Override
    public void add(EvaluationResult result) {
      world.effect(
          () -> {
            known.add(result);
            // Transfer is told again whenever the matrix has grown.
            if (!result.getTask().equals("ematrix")) {
              written.merge(Results.key(result), 1, Integer::sum);
            }
          });
    }

    @Override
    public Optional<EvaluationResult> find(String model, int version, String suite, String task) {
      return known.find(model, version, suite, task);
    }

    @Override
    public List<EvaluationResult> of(String model, int version) {
      return known.of(model, version);
    }

    @Override
    public List<EvaluationResult> group(String group) {
      return known.group(group);
    }

    @Override
    public long changes() {
      return known.changes();
    }
  }

  /** The registry as a process sees it that may die at each of its writes. */
  private record Mortal(World world) implements Versions {

    @Override
    public List<String> models() {
      return world.versions.models();
    }

    @Override
    public List<VersionInfo> of(String model) {
      return world.versions.of(model);
    }

    @Override
    public Path fetch(VersionInfo version) {
      return world.versions.fetch(version);
    }

    @Override
    public Optional<Integer> alias(String model, String alias) {
      return world.versions.alias(model, alias);
    }

    @Override
    public int before(String model, String alias, int version) {
      return world.versions.before(model, alias, version);
    }

    @Override
    public boolean move(String model, String alias, int version, int expected, String reason) {
      var moved = new boolean[1];
      world.effect(() -> moved[0] = world.versions.move(model, alias, version, expected, reason));
      return moved[0];
    }

    @Override
    public String store(byte[] bytes) {
      var sha256 = new String[1];
      world.effect(() -> sha256[0] = world.versions.store(bytes));
      return sha256[0];
    }

    @Override
    public byte[] load(String sha256) {
      return world.versions.load(sha256);
    }
  }
}
