package org.everclip.ingest;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.ingest.gate.EvaluationHashes;
import org.everclip.ingest.gate.Inspection;
import org.everclip.ingest.gate.Inspector;
import org.everclip.ingest.produce.Offer;
import org.everclip.ingest.produce.PairFactory;
import org.everclip.ingest.produce.PairSender;
import org.everclip.ingest.produce.PairSource;
import org.everclip.ingest.produce.Progress;
import org.everclip.ingest.produce.Sources;
import org.everclip.ingest.produce.Tally;
import org.everclip.service.ConfigException;
import org.everclip.service.ConfigOptions;
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
      "SOURCE: a folder of pictures with captions in .txt or .json beside them; WebDataset shards"
          + " (*.tar, globs, {00000..00031}); a .jsonl, .tsv or .csv list of url and caption."
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
    List<PairSource> sources = Sources.find(words, pairs);
    var progress = new Progress(err, System.console() != null, sources);
    var tally = new Tally();
    String verb = dryRun ? "wouldEnter" : "sent";
    try {
      if (dryRun) {
        inspect(sources, config, tally, progress);
      } else {
        send(sources, config, pairs, tally, progress);
      }
    } finally {
      progress.end();
      tally.examples().forEach(err::println);
      err.println(tally.text(dryRun ? "would enter" : "sent", progress.seconds()));
    }
    if (json) {
      spec.commandLine().getOut().println(tally.json(verb, progress.seconds()));
    }
    return tally.damaged() ? 1 : 0;
  }

  private void send(
      List<PairSource> sources,
      EverclipConfig config,
      PairFactory pairs,
      Tally tally,
      Progress progress)
      throws IOException, InterruptedException {
    try (var sender = new PairSender(config, pairs, rate)) {
      for (PairSource source : sources) {
        sender.send(source, again, tally, progress);
      }
    }
  }

  private static void inspect(
      List<PairSource> sources, EverclipConfig config, Tally tally, Progress progress)
      throws IOException {
    EverclipConfig.Gate gate = config.gate();
    EvaluationHashes evaluation = EvaluationHashes.load(config);
    var inspector = new Inspector(config.limits(), gate, evaluation);
    var nowhere = new RawPosition(Topics.RAW.name(), 0, 0L);
    for (PairSource source : sources) {
      try (PairSource.Offers offers = source.open()) {
        while (offers.hasNext()) {
          Offer offer = offers.next();
          if (offer instanceof Offer.Skipped skipped) {
            tally.skipped(skipped.reason(), skipped.detail());
          } else if (offer instanceof Offer.Pair pair) {
            Inspection inspection = inspector.inspect(pair.pair(), nowhere, Instant.now());
            if (inspection instanceof Inspection.Refused refused) {
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
