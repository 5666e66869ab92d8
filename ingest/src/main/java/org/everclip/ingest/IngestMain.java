package org.everclip.ingest;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.ingest.gate.EvaluationHashes;
import org.everclip.ingest.gate.Inspection;
import org.everclip.ingest.gate.Inspector;
import org.everclip.ingest.produce.Columns;
import org.everclip.ingest.produce.Decisions;
import org.everclip.ingest.produce.Offer;
import org.everclip.ingest.produce.PairFactory;
import org.everclip.ingest.produce.PairSender;
import org.everclip.ingest.produce.PairSource;
import org.everclip.ingest.produce.Progress;
import org.everclip.ingest.produce.ReinforcedSet;
import org.everclip.ingest.produce.Sources;
import org.everclip.ingest.produce.Tally;
import org.everclip.service.ConfigException;
import org.everclip.service.ConfigOptions;
import org.everclip.service.Interruption;
import org.everclip.service.StopSignal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command that pushes pairs from files to {@code pairs.raw}. */
@Command(
    name = "ingest",
    mixinStandardHelpOptions = true,
    description = {
      "Sends pairs to pairs.raw. Sending the same again changes nothing; an interrupted run goes on"
          + " where it was.",
      "SOURCE: a folder of pictures with captions in .txt or .json beside them or in a metadata.csv;"
          + " WebDataset shards (*.tar, globs, {00000..00031}; what img2dataset writes); a .jsonl,"
          + " .tsv or .csv list of url and caption; datacompdr:SHARDS of a set that is reinforced"
          + " already."
    })
public final class IngestMain implements Callable<Integer> {

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Parameters(arity = "1..*", paramLabel = "SOURCE", description = "What to send.")
  private List<String> words = new ArrayList<>();

  @Option(
      names = "--source-name",
      paramLabel = "NAME",
      description = "The collection's name (default: what the metadata say, else 'files').")
  private @Nullable String sourceName;

  @Option(names = "--holdout", description = "Keep these pairs out of training.")
  private boolean holdout;

  @Option(
      names = "--dry-run",
      description = "Send nothing; tell what the gate would say (duplicates are not looked for).")
  private boolean dryRun;

  @Option(
      names = "--columns",
      split = ",",
      paramLabel = "MEANING=COLUMN",
      description =
          "Columns of lists: url, file, caption, id, sha256, time; by name (url=LINK), or by number"
              + " where the list has no header line (caption=1,url=2).")
  private Map<String, String> columns = new LinkedHashMap<>();

  @Option(
      names = "--captions",
      paramLabel = "FILE",
      description =
          "List with the captions of a folder's pictures (default: its metadata.csv or captions.csv"
              + " and the like, if there is one).")
  private @Nullable Path captions;

  @Option(
      names = "--originals",
      paramLabel = "SHARDS",
      description =
          "Where the pictures and captions of datacompdr: shards lie that have none, one shard for"
              + " each, in the order of their names.")
  private @Nullable String originals;

  @Option(
      names = "--teachers",
      paramLabel = "NAME:DIM,...",
      defaultValue = ReinforcedSet.PUBLISHED_TEACHERS,
      description =
          "Teachers of datacompdr: shards in the order of the columns (default: ${DEFAULT-VALUE}).")
  private String teachers = ReinforcedSet.PUBLISHED_TEACHERS;

  @Option(
      names = "--wait",
      paramLabel = "TIME",
      arity = "0..1",
      fallbackValue = "PT1M",
      description =
          "Wait until the gate has decided, at most so long (default: PT1M), and count what it"
              + " decided.")
  private @Nullable Duration wait;

  @Option(names = "--rate", paramLabel = "N", description = "At most so many pairs a second.")
  private double rate;

  @Option(names = "--again", description = "Begin at the start, whatever was sent before.")
  private boolean again;

  @Option(names = "--json", description = "Print the summary as JSON.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new IngestMain())
        .setExecutionExceptionHandler(
            (e, parsed, result) -> {
              parsed.getErr().println(e.getMessage());
              return e instanceof ConfigException || e instanceof Sources.UnknownSourceException
                  ? 2
                  : 1;
            });
  }

  @Override
  public Integer call() throws Exception {
    if (spec == null) {
      throw new IllegalStateException("picocli has set no spec");
    }
    PrintWriter err = spec.commandLine().getErr();
    EverclipConfig config = options.load();
    var pairs = new PairFactory(sourceName, holdout);
    List<PairSource> sources =
        Sources.find(
            words,
            pairs,
            new Sources.Reading(
                Columns.of(columns),
                captions,
                ReinforcedSet.of(teachers, originals),
                err::println));
    var progress = new Progress(err, System.console() != null, sources);
    var tally = new Tally();
    String verb = dryRun ? "wouldEnter" : "acknowledged";
    Map<String, Long> decided = Map.of();
    var stop = new StopSignal();
    try (Interruption interruption = Interruption.to(stop)) {
      try {
        if (dryRun) {
          inspect(sources, config, tally, progress, stop);
        } else {
          decided = send(sources, config, pairs, tally, progress, stop);
        }
      } finally {
        progress.end();
        tally.examples().forEach(err::println);
        err.println(tally.text(dryRun ? "would enter" : "acknowledged", progress.seconds()));
      }
      if (!decided.isEmpty()) {
        err.println("the gate decided: " + words(decided));
      }
      if (json) {
        ObjectNode summary = tally.json(verb, progress.seconds());
        if (!decided.isEmpty()) {
          decided.forEach(summary.putObject("decided")::put);
        }
        spec.commandLine().getOut().println(summary);
        spec.commandLine().getOut().flush();
      }
      if (stop.requested()) {
        err.println("stopped; run the same again to go on");
      }
      err.flush();
    }
    return tally.damaged() || stop.requested() ? 1 : 0;
  }

  private static String words(Map<String, Long> decided) {
    return decided.entrySet().stream()
        .map(entry -> entry.getKey() + " " + entry.getValue())
        .collect(Collectors.joining(", "));
  }

  private Map<String, Long> send(
      List<PairSource> sources,
      EverclipConfig config,
      PairFactory pairs,
      Tally tally,
      Progress progress,
      StopSignal stop)
      throws IOException, InterruptedException {
    try (Decisions decisions =
            wait == null
                ? null
                : new Decisions(config, sources.stream().anyMatch(PairSource::namesUrls));
        var sender =
            new PairSender(
                config,
                pairs,
                rate,
                stop,
                decisions == null ? acknowledged -> {} : decisions::sent)) {
      for (PairSource source : sources) {
        sender.send(source, again, tally, progress);
      }
      return decisions == null || wait == null ? Map.of() : decisions.await(wait, stop);
    }
  }

  private static void inspect(
      List<PairSource> sources,
      EverclipConfig config,
      Tally tally,
      Progress progress,
      StopSignal stop)
      throws IOException {
    EverclipConfig.Gate gate = config.gate();
    EvaluationHashes evaluation = EvaluationHashes.load(config);
    var inspector = new Inspector(config.limits(), gate, evaluation);
    var nowhere = new RawPosition(Topics.RAW.name(), 0, 0L);
    for (PairSource source : sources) {
      try (PairSource.Offers offers = source.open()) {
        while (!stop.requested() && offers.hasNext()) {
          Offer offer = offers.next();
          if (offer instanceof Offer.Skipped skipped) {
            tally.skipped(skipped.reason(), skipped.detail());
          } else if (offer instanceof Offer.Pair pair) {
            Inspection inspection = inspector.inspect(pair.pair(), nowhere, Instant.now());
            if (inspection instanceof Inspection.Refused refused
                && !(config.fetch().enabled()
                    && refused.reason() == RejectionReason.URL_NOT_FETCHED)) {
              String reason = refused.reason().name().toLowerCase(Locale.ROOT).replace('_', ' ');
              tally.skipped(reason, pair.pair().getExternalId() + ": " + refused.detail());
            } else {
              tally.wouldEnter();
            }
          }
          progress.show(tally, offers.readBytes());
        }
      }
    }
  }
}
