package org.everclip.reinforce;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The job's folder of checkpoints and savepoints: which of them are complete, which is the newest,
 * and which are no longer needed. Flink itself begins with an empty state at every start.
 *
 * <p>Layout: {@code checkpoints/JOB-ID/chk-N/_metadata} and {@code
 * savepoints/savepoint-X/_metadata}; every start is a new job id. Numbers go on counting over
 * restores, so the largest is the newest. A killed job leaves folders without, and perhaps with
 * half of, a {@code _metadata}: they are skipped.
 */
final class NewestCheckpoint {

  private static final Logger log = LoggerFactory.getLogger(NewestCheckpoint.class);
  private static final String METADATA = "_metadata";
  private static final int NEWER_BEFORE_DELETING = 2;

  /** Where Flink's asynchronous operator keeps the records that have not been answered. */
  private static final String ASKED = "_async_wait_operator_state_";

  private final Path root;

  /**
   * A complete checkpoint or savepoint.
   *
   * @param number Flink's checkpoint id
   * @param finished uids of the operators that had come to their end, with all they had to give
   * @param idle uids of those that had asked the models for nothing at that time, the finished too
   */
  record Saved(
      Path directory, long number, FileTime time, Set<String> finished, Set<String> idle) {}

  NewestCheckpoint(Path root) {
    this.root = root.toAbsolutePath().normalize();
  }

  Path checkpoints() {
    return root.resolve("checkpoints");
  }

  Path savepoints() {
    return root.resolve("savepoints");
  }

  /** The newest that can be restored from. */
  Optional<Saved> newest() {
    return scan().stream().findFirst();
  }

  /** All that can be restored from, newest first. */
  List<Saved> scan() {
    var saved = new ArrayList<Saved>();
    for (Path job : children(checkpoints())) {
      children(job).forEach(chk -> read(chk).ifPresent(saved::add));
    }
    children(savepoints()).forEach(savepoint -> read(savepoint).ifPresent(saved::add));
    saved.sort(Comparator.comparingLong(Saved::number).thenComparing(Saved::time).reversed());
    return saved;
  }

  /**
   * Deletes what the running job's own checkpoints have replaced, once there are two of them.
   *
   * @return whether that was done
   */
  boolean deleteSuperseded(String currentJob) {
    Path current = checkpoints().resolve(currentJob);
    if (children(current).stream().filter(chk -> read(chk).isPresent()).count()
        < NEWER_BEFORE_DELETING) {
      return false;
    }
    var old = new ArrayList<Path>(children(checkpoints()));
    old.remove(current);
    old.addAll(children(savepoints()));
    for (Path directory : old) {
      deleteRecursively(directory);
      log.info("deleted {}, the job has newer checkpoints", directory.getFileName());
    }
    return true;
  }

  /**
   * Deletes what neither of the two newest needs, before a new run: a run that is in a cluster
   * cannot clean up behind itself. Incomplete folders of killed runs go as well.
   */
  void keepNewest() {
    List<Saved> saved = scan();
    if (saved.isEmpty()) {
      return;
    }
    List<Path> kept =
        saved.stream().limit(NEWER_BEFORE_DELETING).map(one -> owner(one.directory())).toList();
    var all = new ArrayList<Path>(children(checkpoints()));
    all.addAll(children(savepoints()));
    for (Path directory : all) {
      if (!kept.contains(directory)) {
        deleteRecursively(directory);
        log.info("deleted {}, there are newer checkpoints", directory.getFileName());
      }
    }
  }

  /** The folder with all that a checkpoint refers to. */
  private Path owner(Path directory) {
    Path parent = directory.getParent();
    return parent == null || savepoints().equals(parent) ? directory : parent;
  }

  private static Optional<Saved> read(Path directory) {
    Path metadata = directory.resolve(METADATA);
    if (!Files.isRegularFile(metadata)) {
      return Optional.empty();
    }
    try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(metadata)))) {
      CheckpointMetadata saved =
          Checkpoints.loadCheckpointMetadata(
              in, NewestCheckpoint.class.getClassLoader(), directory.toUri().toString());
      return Optional.of(
          new Saved(
              directory,
              saved.getCheckpointId(),
              Files.getLastModifiedTime(metadata),
              uids(saved, OperatorState::isFullyFinished),
              uids(saved, NewestCheckpoint::isIdle)));
    } catch (NoSuchFileException e) {
      return Optional.empty(); // replaced meanwhile
    } catch (IOException | RuntimeException e) {
      log.warn("{} is not complete, skipped: {}", directory, e.toString());
      return Optional.empty();
    }
  }

  private static Set<String> uids(CheckpointMetadata saved, Predicate<OperatorState> which) {
    return saved.getOperatorStates().stream()
        .filter(which)
        .flatMap(operator -> operator.getOperatorUid().stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  private static boolean isIdle(OperatorState operator) {
    return operator.getStates().stream()
        .flatMap(subtask -> subtask.getManagedOperatorState().stream())
        .noneMatch(NewestCheckpoint::asks);
  }

  private static boolean asks(OperatorStateHandle handle) {
    var asked = handle.getStateNameToPartitionOffsets().get(ASKED);
    return asked != null && asked.getOffsets().length > 0;
  }

  private static List<Path> children(Path directory) {
    try (Stream<Path> children = Files.list(directory)) {
      return children.filter(Files::isDirectory).sorted().toList();
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + directory, e);
    }
  }

  /** Deletes a folder with all that is in it; what has gone meanwhile is no error. */
  static void deleteRecursively(Path directory) {
    try {
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure)
                throws IOException {
              if (failure instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
              }
              throw failure;
            }

            @Override
            public FileVisitResult postVisitDirectory(
                Path visited, @org.jspecify.annotations.Nullable IOException failure)
                throws IOException {
              Files.deleteIfExists(visited);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      log.warn("cannot delete {}: {}", directory, e.toString());
    }
  }
}
