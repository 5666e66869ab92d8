package org.everclip.registry.versions;

import java.time.Instant;
import org.everclip.contracts.avro.ModelEvent;
import org.everclip.contracts.avro.ModelEventKind;
import org.jspecify.annotations.Nullable;

/**
 * What became of one command.
 *
 * @param version the number given by a publish, or the command's target
 * @param changed false for a repeated command and for a move to where the alias already is
 * @param detail why not, for humans; empty when accepted
 */
public record Decision(
    String commandId,
    ModelEventKind kind,
    String model,
    Verdict verdict,
    @Nullable Integer version,
    @Nullable String alias,
    boolean changed,
    String detail) {

  /** How a command ended; the HTTP status follows from it. */
  public enum Verdict {
    ACCEPTED,
    /** The command cannot be meant. */
    INVALID,
    /** It refers to something that is not there. */
    ABSENT,
    /** Compare-and-set: the state is not the expected one. */
    CONFLICT
  }

  static Decision accepted(ModelEvent command, int version, boolean changed) {
    return new Decision(
        command.getCommandId(),
        command.getKind(),
        command.getModel(),
        Verdict.ACCEPTED,
        version,
        command.getAlias(),
        changed,
        "");
  }

  static Decision refused(ModelEvent command, Verdict verdict, String detail) {
    return new Decision(
        command.getCommandId(),
        command.getKind(),
        command.getModel(),
        verdict,
        command.getVersion(),
        command.getAlias(),
        false,
        detail);
  }

  public boolean isAccepted() {
    return verdict == Verdict.ACCEPTED;
  }

  /** What happened, as the event stream and the log call it. */
  public String event() {
    return switch (kind) {
      case PUBLISH -> "published";
      case MOVE_ALIAS -> "alias-moved";
      case RETIRE -> "retired";
      case OUTCOME, UNKNOWN -> "";
    };
  }

  /** This decision as a record of the log. */
  ModelEvent outcome(Instant time) {
    return ModelEvent.newBuilder()
        .setCommandId(commandId)
        .setKind(ModelEventKind.OUTCOME)
        .setModel(model)
        .setVersion(version)
        .setAlias(alias)
        .setAccepted(isAccepted())
        .setActor("registry")
        .setReason(isAccepted() ? event() : detail)
        .setTime(time)
        .build();
  }
}
