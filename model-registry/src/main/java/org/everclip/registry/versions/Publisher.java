package org.everclip.registry.versions;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.everclip.contracts.avro.ModelEvent;
import org.everclip.contracts.avro.ModelEventKind;
import org.everclip.contracts.registry.CanonicalJson;
import org.everclip.contracts.registry.FileEntry;
import org.everclip.contracts.registry.Manifest;
import org.everclip.contracts.registry.ManifestDraft;
import org.everclip.contracts.registry.PublishRequest;
import org.everclip.contracts.registry.RegistryNames;
import org.everclip.contracts.registry.SignedManifest;
import org.everclip.registry.store.BlobRefused;
import org.everclip.registry.store.BlobStore;
import org.everclip.registry.store.SafeContent;
import org.everclip.registry.store.Secrets;

/**
 * Turns uploaded blobs and a draft into a signed manifest and one command on the log. Nothing of a
 * version can be seen before the log has accepted it, and by then every blob has been checked.
 * Thread-safe; publishes one after the other.
 */
public final class Publisher {

  private static final int MAX_FILES = 500;
  private static final int MAX_MANIFEST_BYTES = 900 << 10;
  private static final int ATTEMPTS = 5;
  private static final String WEIGHTS = "model.safetensors";

  private final VersionLog log;
  private final BlobStore blobs;
  private final Secrets secrets;
  private final Clock clock;
  private final ReentrantLock turn = new ReentrantLock(true);

  public Publisher(VersionLog log, BlobStore blobs, Secrets secrets, Clock clock) {
    this.log = log;
    this.blobs = blobs;
    this.secrets = secrets;
    this.clock = clock;
  }

  /**
   * Publishes.
   *
   * @return the version's number; that of the first time for a repeated idempotency key
   */
  public int publish(String model, PublishRequest request) throws IOException {
    if (!RegistryNames.isName(model)) {
      throw new RequestRefused(422, "a model's name is [a-z0-9][a-z0-9._-]{0,62}");
    }
    String commandId = commandId("publish", model, request.idempotencyKey());
    Decision earlier = log.view().decision(commandId).orElse(null);
    if (earlier != null) {
      return requireSame(model, request, earlier);
    }
    check(request);
    try {
      if (!turn.tryLock(30, TimeUnit.SECONDS)) {
        throw new RequestRefused(503, "other versions are being published; try again");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RequestRefused(503, "the registry stops; try again", e);
    }
    try {
      // Again, because blobs may have been collected while others were published.
      requireBlobs(request.files());
      return requireSame(model, request, submit(model, request, commandId));
    } finally {
      turn.unlock();
    }
  }

  /** The id of a command: the same key always means the same command. */
  public static String commandId(String kind, String model, String key) {
    return UUID.nameUUIDFromBytes((kind + "\n" + model + "\n" + key).getBytes(UTF_8)).toString();
  }

  private Decision submit(String model, PublishRequest request, String commandId)
      throws IOException {
    for (int attempt = 1; ; attempt++) {
      SignedManifest signed = compose(model, request);
      String manifest = signed.json();
      if (manifest.length() > MAX_MANIFEST_BYTES) {
        throw new RequestRefused(413, "the manifest is too large: fewer files or details, please");
      }
      Decision decision =
          log.submit(
              ModelEvent.newBuilder()
                  .setCommandId(commandId)
                  .setKind(ModelEventKind.PUBLISH)
                  .setModel(model)
                  .setVersion(signed.manifest().version())
                  .setManifest(manifest)
                  .setActor(request.actor())
                  .setReason("")
                  .setTime(signed.manifest().created())
                  .build());
      if (decision.verdict() != Decision.Verdict.CONFLICT || attempt == ATTEMPTS) {
        return decision;
      }
    }
  }

  private SignedManifest compose(String model, PublishRequest request) throws IOException {
    ModelState state = log.view().model(model).orElse(ModelState.empty(model));
    int version = state.versions().size() + 1;
    ManifestDraft draft = request.draft();
    var files = new ArrayList<>(request.files());
    if (files.stream().noneMatch(file -> file.path().equals(ModelCard.PATH))) {
      byte[] card = ModelCard.text(model, version, draft, files).getBytes(UTF_8);
      files.add(new FileEntry(ModelCard.PATH, blobs.put(card), card.length));
    }
    files.sort(java.util.Comparator.comparing(FileEntry::path));
    var manifest =
        new Manifest(
            model,
            version,
            draft.parent(),
            draft.round(),
            draft.steps(),
            clock.instant().truncatedTo(ChronoUnit.MILLIS),
            files,
            draft.dataCursor(),
            draft.reinforcementVersion(),
            draft.licences(),
            state.headDigest(),
            draft.details(),
            Manifest.FORMAT);
    var keys = secrets.keys();
    return SignedManifest.sign(manifest, keys.getPrivate(), keys.getPublic());
  }

  private void check(PublishRequest request) throws IOException {
    List<FileEntry> files = request.files();
    if (files.size() > MAX_FILES) {
      throw new RequestRefused(422, "a version has at most " + MAX_FILES + " files");
    }
    if (files.stream().noneMatch(file -> file.path().equals(WEIGHTS))) {
      throw new RequestRefused(422, "a version needs " + WEIGHTS);
    }
    if (files.stream().map(FileEntry::path).distinct().count() != files.size()) {
      throw new RequestRefused(422, "a path is listed twice");
    }
    requireBlobs(files);
    for (FileEntry file : files) {
      Path blob = blobs.find(file.sha256()).orElseThrow();
      if (Files.size(blob) != file.size()) {
        throw new RequestRefused(
            422, file.path() + " has " + Files.size(blob) + " bytes, not " + file.size());
      }
      try {
        SafeContent.check(file.path(), blob);
      } catch (BlobRefused e) {
        throw new RequestRefused(422, String.valueOf(e.getMessage()), e);
      }
    }
  }

  private void requireBlobs(List<FileEntry> files) {
    for (FileEntry file : files) {
      if (blobs.find(file.sha256()).isEmpty()) {
        throw new RequestRefused(422, "blob of " + file.path() + " is missing; upload it first");
      }
    }
  }

  /** Runs something between two publications. */
  public <T> T betweenPublications(Callable<T> work) throws Exception {
    turn.lock();
    try {
      return work.call();
    } finally {
      turn.unlock();
    }
  }

  private int requireSame(String model, PublishRequest request, Decision decision) {
    Integer version = decision.version();
    if (!decision.isAccepted() || version == null) {
      throw RequestRefused.of(decision);
    }
    ModelState state = log.view().model(model).orElseThrow();
    Manifest manifest = state.versions().get(version - 1).manifest();
    boolean same =
        manifest.files().containsAll(request.files())
            && CanonicalJson.text(manifest.details())
                .equals(CanonicalJson.text(request.draft().details()));
    if (!same) {
      throw new RequestRefused(
          422, "the idempotency key was used for v" + version + ", which has other content");
    }
    return version;
  }
}
