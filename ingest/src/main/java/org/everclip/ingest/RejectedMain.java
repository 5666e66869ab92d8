package org.everclip.ingest;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.ingest.gate.Positions;
import org.everclip.ingest.rejected.RejectedLog;
import org.everclip.service.ConfigException;
import org.everclip.service.ConfigOptions;
import org.everclip.service.Redrive;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command that shows what was refused and why, and offers it again. */
@Command(
    name = "rejected",
    mixinStandardHelpOptions = true,
    description =
        "Lists refused pairs, oldest first; with --redrive their raw records are read"
            + " again by position and sent again.")
public final class RejectedMain implements Callable<Integer> {

  private static final int LISTED = 50;

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Option(
      names = "--reason",
      paramLabel = "REASON",
      split = ",",
      description = "Only these reasons: ${COMPLETION-CANDIDATES}.")
  private List<RejectionReason> reasons = new ArrayList<>();

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "Only since then: 2026-01-31T12:00:00Z, or a duration like PT1H before now.")
  private @Nullable String since;

  @Option(
      names = "--until",
      paramLabel = "TIME",
      description = "Only before then, given like --since.")
  private @Nullable String until;

  @Option(names = "--source", paramLabel = "NAME", description = "Only pairs of this source.")
  private @Nullable String source;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "The newest N (default: " + LISTED + "; with --redrive all).")
  private @Nullable Integer limit;

  @Option(names = "--redrive", description = "Send the raw records again.")
  private boolean redrive;

  @Option(names = "--json", description = "One JSON object a line.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new RejectedMain())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (e, parsed, result) -> {
              parsed.getErr().println(e.getMessage());
              return e instanceof ConfigException ? 2 : 1;
            });
  }

  @Override
  public Integer call() throws Exception {
    if (spec == null) {
      throw new IllegalStateException("picocli has set no spec");
    }
    EverclipConfig config = options.load();
    int newest = limit == null ? (redrive ? Integer.MAX_VALUE : LISTED) : limit;
    var wanted = EnumSet.noneOf(RejectionReason.class);
    wanted.addAll(reasons);
    var query =
        new RejectedLog.Query(
            wanted, time("--since", since, spec), time("--until", until, spec), source, newest);
    List<RejectedPair> found = new RejectedLog(config).find(query);
    if (redrive) {
      return redrive(config, found, spec);
    }
    PrintWriter out = spec.commandLine().getOut();
    for (RejectedPair rejected : found) {
      out.println(json ? object(rejected) : line(rejected));
    }
    out.flush();
    boolean cut = limit == null && found.size() == LISTED;
    spec.commandLine()
        .getErr()
        .println(
            cut
                ? "the newest " + LISTED + " refusals; --limit N lists more"
                : found.size() + " refusals");
    return 0;
  }

  private int redrive(EverclipConfig config, List<RejectedPair> found, CommandSpec command)
      throws InterruptedException {
    var outcomes = new EnumMap<Redrive.Outcome, Long>(Redrive.Outcome.class);
    try (var again = new Redrive(config)) {
      for (RejectedPair rejected : found) {
        Redrive.Outcome outcome = again.again(rejected);
        outcomes.merge(outcome, 1L, Long::sum);
        if (outcome == Redrive.Outcome.EXPIRED) {
          command
              .commandLine()
              .getErr()
              .println(
                  Positions.text(rejected.getRawPosition())
                      + " has expired from the raw topic; only its producer can send it again");
        }
      }
    }
    if (json) {
      ObjectNode node = new JsonMapper().createObjectNode();
      for (Redrive.Outcome outcome : Redrive.Outcome.values()) {
        node.put(outcome.name().toLowerCase(Locale.ROOT), outcomes.getOrDefault(outcome, 0L));
      }
      command.commandLine().getOut().println(node);
    } else {
      for (Map.Entry<Redrive.Outcome, Long> outcome : outcomes.entrySet()) {
        String name = outcome.getKey().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        command.commandLine().getOut().println(name + " " + outcome.getValue());
      }
    }
    command.commandLine().getOut().flush();
    return 0;
  }

  private static @Nullable Instant time(String option, @Nullable String time, CommandSpec command) {
    if (time == null) {
      return null;
    }
    try {
      return time.startsWith("P") ? Instant.now().minus(Duration.parse(time)) : Instant.parse(time);
    } catch (DateTimeParseException e) {
      throw new ParameterException(
          command.commandLine(),
          option + " wants a time like 2026-01-31T12:00:00Z or a duration like PT1H, got " + time,
          e);
    }
  }

  private static String line(RejectedPair rejected) {
    return String.join(
        "\t",
        rejected.getRejectedTime().toString(),
        rejected.getReason().name(),
        oneLine(String.valueOf(rejected.getSource())),
        String.valueOf(rejected.getPairId()),
        Positions.text(rejected.getRawPosition()),
        oneLine(rejected.getDetail()));
  }

  /** What producers send may hold terminal escapes. */
  private static String oneLine(String text) {
    return text.replaceAll("[\\p{Cntrl}\\u0085\\u2028\\u2029]", " ");
  }

  private static ObjectNode object(RejectedPair rejected) {
    return new JsonMapper()
        .createObjectNode()
        .put("time", rejected.getRejectedTime().toString())
        .put("reason", rejected.getReason().name())
        .put("stage", rejected.getStage().name())
        .put("source", rejected.getSource())
        .put("pairId", rejected.getPairId())
        .put("duplicateOf", rejected.getDuplicateOf())
        .put("position", Positions.text(rejected.getRawPosition()))
        .put("sizeBytes", rejected.getSizeBytes())
        .put("detail", rejected.getDetail());
  }
}
