package org.everclip.trainer.publish;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BiConsumer;
import org.everclip.contracts.registry.CanonicalJson;
import org.everclip.contracts.registry.ManifestDraft;
import org.everclip.contracts.registry.RegistryException;
import org.everclip.formats.AtomicFile;
import org.everclip.service.StopSignal;
import org.everclip.trainer.checkpoint.Folders;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands in what lies in the outbox, oldest round first, on a thread of its own; training goes on
 * meanwhile. While the registry is away it tries again, ever more slowly, and after a restart it
 * goes on: a round is never lost, and its key makes it one version however often it is sent. A
 * published round leaves a small file with its number; its weights are removed here.
 */
public final class Publisher implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Publisher.class);
  private static final String PUBLISHED = "published.json";
  private static final Duration IDLE = Duration.ofMillis(500);
  private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);
  private static final Duration JOIN = Duration.ofSeconds(10);

  /** Sends a version's files; returns the number that the registry gave. */
  @FunctionalInterface
  public interface Registry {
    int publish(String model, Path directory, ManifestDraft draft, String key);
  }

  private record Published(int round, int version) {}

  private final Path outbox;
  private final Registry registry;
  private final BiConsumer<Integer, Integer> onPublished;
  private final BiConsumer<Boolean, String> onHealth;
  private final StopSignal closed = new StopSignal();
  private final Thread thread = new Thread(this::work, "publisher");

  /**
   * @param onPublished told round and version
   * @param onHealth told whether the registry takes versions, and if not, why
   */
  public Publisher(
      Path outbox,
      Registry registry,
      BiConsumer<Integer, Integer> onPublished,
      BiConsumer<Boolean, String> onHealth) {
    this.outbox = outbox;
    this.registry = registry;
    this.onPublished = onPublished;
    this.onHealth = onHealth;
  }

  /** Begins to work on the outbox. */
  public void start() {
    thread.start();
  }

  private void work() {
    Duration wait = FIRST_WAIT;
    try {
      Folders.sweep(outbox);
      while (!closed.requested()) {
        try {
          publishAll();
          onHealth.accept(true, "");
          wait = FIRST_WAIT;
          closed.await(IDLE);
        } catch (RegistryException | UncheckedIOException e) {
          if (!closed.requested()) {
            log.warn("a version waits for the registry: {}", reason(e));
            onHealth.accept(false, "versions wait for the registry: " + reason(e));
            closed.await(wait);
            wait =
                wait.multipliedBy(2).compareTo(LONGEST_WAIT) < 0
                    ? wait.multipliedBy(2)
                    : LONGEST_WAIT;
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      log.error("publishing has ended; versions stay in {}", outbox, e);
      onHealth.accept(false, "publishing has ended: " + e);
    }
  }

  /** Sends every round that has not been published, in order. */
  void publishAll() throws IOException {
    Integer parent = null;
    for (Path round : Folders.children(outbox)) {
      if (!round.getFileName().toString().matches("round-\\d{6,}")) {
        continue;
      }
      Path marker = round.resolve(PUBLISHED);
      if (Files.exists(marker)) {
        parent = read(marker, Published.class).version();
      } else if (!closed.requested()) {
        parent = publish(round, parent);
      }
    }
  }

  private int publish(Path round, @Nullable Integer previous) throws IOException {
    Publication publication = read(round.resolve(VersionWriter.PUBLICATION), Publication.class);
    Integer parent =
        previous != null
            ? previous
            : publication.initialParent() > 0 ? (Integer) publication.initialParent() : null;
    var draft =
        new ManifestDraft(
            parent,
            publication.round(),
            publication.steps(),
            publication.dataCursor(),
            publication.reinforcementVersion(),
            publication.licences(),
            publication.details());
    int version =
        registry.publish(
            publication.model(), round.resolve(VersionWriter.FILES), draft, publication.key());
    Path marker = round.resolve(PUBLISHED);
    Path aside = AtomicFile.aside(marker);
    Files.writeString(aside, CanonicalJson.text(new Published(publication.round(), version)));
    AtomicFile.publish(aside, marker);
    Folders.delete(round.resolve(VersionWriter.FILES));
    log.info("round {} is version {} of {}", publication.round(), version, publication.model());
    onPublished.accept(publication.round(), version);
    return version;
  }

  private static <T> T read(Path file, Class<T> type) throws IOException {
    return CanonicalJson.read(Files.readString(file), type);
  }

  private static String reason(RuntimeException e) {
    Throwable cause = e.getCause();
    return cause instanceof ConnectException
        ? "it cannot be reached"
        : String.valueOf(e.getMessage());
  }

  /** Ends the thread; what is in the outbox is sent after the next start. */
  @Override
  public void close() throws InterruptedException {
    closed.request();
    thread.join(JOIN.toMillis());
    if (thread.isAlive()) {
      thread.interrupt();
      thread.join(JOIN.toMillis());
    }
  }
}
