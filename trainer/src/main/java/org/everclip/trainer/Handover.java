package org.everclip.trainer;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.everclip.clip.ClipModel;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Network;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.weights.Weights;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.formats.AtomicFile;
import org.everclip.trainer.checkpoint.Folders;
import org.everclip.trainer.round.RoundPlan;
import org.jspecify.annotations.Nullable;

/**
 * What passes from one round to the next: everything (weights, moments, average), or the published
 * weights alone, patched with their parent's if so set (patching: Ilharco et al., arXiv 2208.05592;
 * a weights-only warm start is TiC-CLIP's). Entering a round depends on the round's number and the
 * files alone, so it can be done again after a crash. For one thread.
 */
final class Handover {

  /** The parent of the newest round, and its own, which a crash may ask for again. */
  private static final int KEEP = 2;

  private final EverclipConfig.Trainer settings;
  private final Learner learner;
  private final Path folder;

  Handover(EverclipConfig.Trainer settings, Learner learner, Path folder) {
    if (!(settings.patching() > 0 && settings.patching() <= 1)) {
      throw new IllegalArgumentException(
          "trainer.patching must be in (0, 1], but is " + settings.patching());
    }
    if (settings.patching() < 1 && settings.carryOptimizer()) {
      throw new IllegalArgumentException(
          "trainer.patching below 1 moves the weights away from where the moments belong; set trainer.carryOptimizer=false");
    }
    this.settings = settings;
    this.learner = learner;
    this.folder = folder;
  }

  /** Brings the session from the end of the round before to the beginning of this one. */
  void enter(RoundPlan plan) {
    if (settings.carryOptimizer() || plan.round() == 1) {
      return;
    }
    try (Weights begin = read(plan.round() - 1, learner.manager())) {
      learner.restart(begin);
    }
  }

  /**
   * Whether the model that this round's version replaces takes part in the round: not without the
   * term, not in the first round, and not where the round before has not kept its weights.
   */
  boolean hasParent(RoundPlan plan) {
    return keepsParents() && plan.round() > 1 && Files.exists(file(plan.round() - 1));
  }

  /** That model, or null; the caller closes it. */
  @Nullable ParentModel parent(RoundPlan plan) {
    if (!hasParent(plan)) {
      return null;
    }
    Student student = learner.student();
    try (Weights weights = read(plan.round() - 1, learner.manager())) {
      return new ParentModel(
          ClipModel.of(
              student.architecture(),
              weights,
              student.tokenizer(),
              student.preprocessing(),
              Student.precision(settings.precision())));
    }
  }

  private boolean keepsParents() {
    return settings.compatibility().weight() > 0;
  }

  /** The weights of a finished round's version; the caller closes them. */
  Weights leave(RoundPlan plan) {
    Weights average = learner.session().emaWeights();
    if (settings.carryOptimizer() && !keepsParents()) {
      return average;
    }
    Weights left = average;
    if (settings.patching() < 1 && plan.round() > 1) {
      try (average;
          Weights parent = read(plan.round() - 1, learner.manager())) {
        left = mix(average, parent);
      }
    }
    write(plan.round(), left);
    return left;
  }

  private Weights mix(Weights fresh, Weights parent) {
    double share = settings.patching();
    Weights mixed =
        Weights.of(
            network(),
            learner.manager(),
            spec -> {
              float[] values = fresh.get(spec.name()).toFloatArray();
              float[] old = parent.get(spec.name()).toFloatArray();
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) (share * values[i] + (1 - share) * old[i]);
              }
              return values;
            });
    mixed.batchesTracked(fresh.batchesTracked());
    return mixed;
  }

  private Weights read(int round, NDManager parent) {
    try {
      return Weights.load(file(round), network(), parent);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot read the weights that round %d left".formatted(round), e);
    }
  }

  private void write(int round, Weights weights) {
    try {
      Path aside = AtomicFile.aside(file(round));
      weights.save(aside, Map.of());
      AtomicFile.publish(aside, file(round));
      List<Path> all = Folders.children(folder);
      for (Path old : all.subList(0, Math.max(0, all.size() - KEEP))) {
        Files.delete(old);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep the weights of round " + round, e);
    }
  }

  private Network network() {
    return Networks.create(learner.session().architecture(), Precision.FP32, Form.TRAIN);
  }

  private Path file(int round) {
    return folder.resolve("round-%06d.safetensors".formatted(round));
  }
}
