package org.everclip.registry.versions;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.everclip.contracts.avro.ModelEvent;
import org.everclip.contracts.avro.ModelEventKind;
import org.everclip.contracts.registry.AliasMove;
import org.everclip.contracts.registry.Manifest;
import org.everclip.contracts.registry.RegistryNames;
import org.everclip.contracts.registry.SignedManifest;
import org.everclip.registry.versions.Decision.Verdict;
import org.everclip.registry.versions.ModelState.Published;
import org.jspecify.annotations.Nullable;

/**
 * Versions and aliases as a pure function of the log: no clock, no randomness, no other input, so
 * everyone who folds the same log gets the same view. {@link #apply} has one caller at a time;
 * readers come from any thread and see each model at one moment of the log.
 */
public final class RegistryView {

  private final Map<String, ModelState> models = new ConcurrentHashMap<>();
  private final Map<String, Decision> byCommand = new ConcurrentHashMap<>();
  private final Map<Long, Decision> byOffset = new HashMap<>();
  private final List<Decision> changes = new ArrayList<>();
  private long lastOffset = -1;

  /**
   * Decides the command at an offset of the log. An offset that was decided before (the log is read
   * again after a crash) gives the decision of then and changes nothing.
   */
  public synchronized Decision apply(long offset, ModelEvent command) {
    if (offset <= lastOffset) {
      Decision earlier = byOffset.get(offset);
      if (earlier == null) {
        throw new IllegalStateException("offset " + offset + " comes after " + lastOffset);
      }
      return earlier;
    }
    Decision known = byCommand.get(command.getCommandId());
    Decision decision = known == null ? decide(command) : repeated(known);
    lastOffset = offset;
    byOffset.put(offset, decision);
    if (decision.changed()) {
      changes.add(decision);
    }
    // A refused publish may be tried again under its id with the next number.
    if (decision.isAccepted() || command.getKind() != ModelEventKind.PUBLISH) {
      byCommand.putIfAbsent(command.getCommandId(), decision);
    }
    return decision;
  }

  /** The models that have a version, by name. */
  public List<ModelState> models() {
    return models.values().stream()
        .sorted(java.util.Comparator.comparing(ModelState::name))
        .toList();
  }

  /** A model that has a version. */
  public Optional<ModelState> model(String name) {
    return Optional.ofNullable(models.get(name));
  }

  /** What became of a command. */
  public Optional<Decision> decision(String commandId) {
    return Optional.ofNullable(byCommand.get(commandId));
  }

  /** How many changes there were; they are numbered from 1, for everyone the same. */
  public synchronized long sequence() {
    return changes.size();
  }

  /** The changes behind a number, oldest first. */
  public synchronized List<Decision> changesAfter(long sequence, int limit) {
    int from = (int) Math.max(0, Math.min(sequence, changes.size()));
    return List.copyOf(changes.subList(from, Math.min(changes.size(), from + limit)));
  }

  /** The offset of the newest decided command, -1 at the beginning. */
  synchronized long lastOffset() {
    return lastOffset;
  }

  private static Decision repeated(Decision known) {
    return new Decision(
        known.commandId(),
        known.kind(),
        known.model(),
        known.verdict(),
        known.version(),
        known.alias(),
        false,
        known.detail());
  }

  private Decision decide(ModelEvent command) {
    ModelState state =
        models.getOrDefault(command.getModel(), ModelState.empty(command.getModel()));
    return switch (command.getKind()) {
      case PUBLISH -> publish(state, command);
      case MOVE_ALIAS -> moveAlias(state, command);
      case RETIRE -> retire(state, command);
      case OUTCOME, UNKNOWN ->
          Decision.refused(command, Verdict.INVALID, command.getKind() + " is not a command");
    };
  }

  private Decision publish(ModelState state, ModelEvent command) {
    SignedManifest signed;
    Manifest manifest;
    try {
      signed = SignedManifest.parse(String.valueOf(command.getManifest()));
      manifest = signed.manifest();
    } catch (IllegalArgumentException | NullPointerException e) {
      return Decision.refused(command, Verdict.INVALID, "no manifest: " + e.getMessage());
    }
    if (!signed.isAuthentic()) {
      return Decision.refused(command, Verdict.INVALID, "the manifest's signature does not fit");
    }
    if (!manifest.model().equals(command.getModel()) || manifest.files().isEmpty()) {
      return Decision.refused(
          command, Verdict.INVALID, "the manifest is of another model, or lists no file");
    }
    Integer parent = manifest.parent();
    if (parent != null && !state.has(parent)) {
      return Decision.refused(
          command, Verdict.INVALID, "parent v" + parent + " does not exist (0 is no version)");
    }
    int next = state.versions().size() + 1;
    if (manifest.version() != next || !manifest.previousDigest().equals(state.headDigest())) {
      return Decision.refused(
          command, Verdict.CONFLICT, "the next version is v" + next + ", another was faster");
    }
    models.put(state.name(), state.with(new Published(signed, manifest, signed.digest())));
    return Decision.accepted(command, next, true);
  }

  private Decision moveAlias(ModelState state, ModelEvent command) {
    String alias = String.valueOf(command.getAlias());
    if (!RegistryNames.isAlias(alias)) {
      return Decision.refused(
          command, Verdict.INVALID, "'" + alias + "' cannot be an alias; 'latest' moves by itself");
    }
    Decision refusal = requireLive(state, command);
    if (refusal != null) {
      return refusal;
    }
    int version = command.getVersion();
    Integer current = state.aliases().get(alias);
    Integer expected = command.getExpectedVersion();
    if (expected != null && expected != (current == null ? 0 : current)) {
      return Decision.refused(
          command,
          Verdict.CONFLICT,
          alias + " is " + (current == null ? "unset" : "v" + current) + ", not v" + expected);
    }
    if (current != null && current == version) {
      return Decision.accepted(command, version, false);
    }
    var move =
        new AliasMove(
            alias, version, current, command.getActor(), command.getReason(), command.getTime());
    models.put(state.name(), state.with(move));
    return Decision.accepted(command, version, true);
  }

  private Decision retire(ModelState state, ModelEvent command) {
    Decision refusal = requireLive(state, command);
    if (refusal != null) {
      return refusal;
    }
    int version = command.getVersion();
    if (state.aliases().containsValue(version)) {
      return Decision.refused(
          command, Verdict.CONFLICT, "an alias points at v" + version + "; move it first");
    }
    models.put(state.name(), state.withRetired(version));
    return Decision.accepted(command, version, true);
  }

  private static @Nullable Decision requireLive(ModelState state, ModelEvent command) {
    Integer version = command.getVersion();
    if (version == null || !state.has(version)) {
      return Decision.refused(
          command, Verdict.ABSENT, command.getModel() + " has no version v" + version);
    }
    return state.retired().contains(version)
        ? Decision.refused(command, Verdict.CONFLICT, "v" + version + " is retired")
        : null;
  }
}
