package org.everclip.reinforce;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import org.everclip.formats.AtomicFile;
import org.everclip.service.ConfigException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which reinforcementVersions have been live on a folder of state, one after another, and the
 * back-fill that each began with: {@code recipes.json}. A start under another version than the last
 * one plans a back-fill over what has been accepted so far; later starts go on with it until it is
 * through. Going back to an old recipe is a change, too. Thread-safe.
 */
final class RecipeHistory {

  private static final Logger log = LoggerFactory.getLogger(RecipeHistory.class);
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private final Path file;

  /**
   * A recipe's time.
   *
   * @param since when it became live, ISO 8601
   * @param backfill null for none
   * @param through whether the back-fill has come to its end
   */
  record Era(String version, String since, @Nullable Backfill backfill, boolean through) {}

  private record Content(int format, List<Era> recipes) {}

  RecipeHistory(Path stateDir) {
    this.file = stateDir.toAbsolutePath().normalize().resolve("recipes.json");
  }

  /**
   * The back-fill to run now, planned if the version is another than the last.
   *
   * @throws ConfigException when {@code reinforce.backfillFrom} or the file cannot be read
   */
  synchronized Optional<Backfill> open(String version, ReinforceSettings settings, Instant now) {
    List<Era> eras = eras();
    if (eras.isEmpty() || !last(eras).version().equals(version)) {
      Backfill planned = eras.isEmpty() ? null : plan(version, settings, now, eras.size());
      boolean nothing = planned == null || planned.total() == 0;
      eras.add(new Era(version, now.toString(), planned, nothing));
      write(eras);
    }
    return running();
  }

  /** The back-fill that is not through yet. */
  synchronized Optional<Backfill> running() {
    List<Era> eras = eras();
    return eras.isEmpty() || last(eras).through()
        ? Optional.empty()
        : Optional.ofNullable(last(eras).backfill());
  }

  /** Notes that a back-fill is through; a later start leaves its operators out. */
  synchronized void through(Backfill backfill) {
    List<Era> eras = eras();
    Era era = last(eras);
    if (backfill.equals(era.backfill()) && !era.through()) {
      eras.set(eras.size() - 1, new Era(era.version(), era.since(), backfill, true));
      write(eras);
      log.info("the back-fill under {} is through, {} offsets", era.version(), backfill.total());
    }
  }

  /** Whether checkpoints may hold state of back-fills that are no longer part of the job. */
  synchronized boolean hasBackfilled() {
    return eras().stream().anyMatch(era -> era.backfill() != null);
  }

  private static @Nullable Backfill plan(
      String version, ReinforceSettings settings, Instant now, int number) {
    Optional<Instant> from = BackfillFrom.at(settings.backfillFrom(), now);
    if (from.isEmpty()) {
      log.info("the recipe has changed to {}; reinforce.backfillFrom is none", version);
      return null;
    }
    try (var accepted = new AcceptedOffsets(settings, settings.job() + "-plan")) {
      var backfill =
          new Backfill(
              version + "-" + number,
              version,
              new HashMap<>(accepted.at(from.get())),
              new HashMap<>(accepted.ends()));
      log.info(
          "the recipe has changed to {}: back-fill of {} offsets accepted since {}",
          version,
          backfill.total(),
          from.get());
      return backfill;
    }
  }

  private static Era last(List<Era> eras) {
    return eras.get(eras.size() - 1);
  }

  private List<Era> eras() {
    if (!Files.exists(file)) {
      return new ArrayList<>();
    }
    try {
      return new ArrayList<>(JSON.readValue(file.toFile(), Content.class).recipes());
    } catch (IOException e) {
      throw new ConfigException(
          file + " cannot be read; move it away to go on without a back-fill: " + e.getMessage(),
          e);
    }
  }

  private void write(List<Era> eras) {
    try {
      Path aside = AtomicFile.aside(file);
      JSON.writeValue(aside.toFile(), new Content(1, eras));
      AtomicFile.publish(aside, file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
