package org.everclip.trainer.publish;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.everclip.clip.ModelDirectory;
import org.everclip.clip.exchange.OpenClipExport;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.weights.Weights;
import org.everclip.contracts.registry.CanonicalJson;
import org.everclip.formats.image.Preprocessing;
import org.everclip.trainer.checkpoint.CurvePoint;
import org.everclip.trainer.checkpoint.Folders;

/**
 * Lays out a version's files in the outbox, checks them and only then lets them appear there, as a
 * whole: {@code round-N/version/} and {@code round-N/publication.json}.
 */
public final class VersionWriter {

  static final String FILES = "version";
  static final String PUBLICATION = "publication.json";
  private static final String CURVE = "training.csv";

  private final Path outbox;
  private final Path tokenizerFile;
  private final Preprocessing preprocessing;
  private final String organization;

  /**
   * @param organization under which Hub clients find the model
   */
  public VersionWriter(
      Path outbox, Path tokenizerFile, Preprocessing preprocessing, String organization) {
    this.outbox = outbox;
    this.tokenizerFile = tokenizerFile;
    this.preprocessing = preprocessing;
    this.organization = organization;
  }

  /** Has the round's version been laid out (and perhaps published) already? */
  public boolean has(int round) {
    return Files.exists(folder(outbox, round));
  }

  /**
   * Writes the version.
   *
   * @throws ParityException if the form that runs differs from the form that was trained
   */
  public void write(Publication publication, Architecture architecture, Weights weights) {
    write(publication, architecture, weights, List.of());
  }

  /**
   * Writes the version with the round's curve, {@code training.csv}.
   *
   * @throws ParityException if the form that runs differs from the form that was trained
   */
  public void write(
      Publication publication, Architecture architecture, Weights weights, List<CurvePoint> curve) {
    Path target = folder(outbox, publication.round());
    try {
      Path aside = Folders.aside(target);
      Map<String, Object> card =
          Map.of(
              "round", publication.round(),
              "steps", publication.steps(),
              "reinforcementVersion", publication.reinforcementVersion(),
              "licences", publication.licences());
      ModelDirectory directory =
          ModelDirectory.write(
              aside.resolve(FILES), architecture, weights, tokenizerFile, preprocessing, card);
      double difference = Parity.largestDifference(directory);
      if (!(difference <= Parity.TOLERANCE)) {
        throw new ParityException(
            "round %d is not published: its two forms differ by %.2e, at most %.0e is allowed"
                .formatted(publication.round(), difference, Parity.TOLERANCE));
      }
      OpenClipExport.Outcome openClip =
          OpenClipExport.write(
              aside.resolve(FILES),
              architecture,
              weights,
              directory.tokenizer(),
              preprocessing,
              organization + "/" + publication.model());
      var details = new TreeMap<>(publication.details());
      details.put("parityMaxDifference", difference);
      var complete =
          new Publication(
              publication.model(),
              publication.key(),
              publication.round(),
              publication.steps(),
              publication.initialParent(),
              publication.dataCursor(),
              publication.reinforcementVersion(),
              publication.licences(),
              details);
      Files.writeString(
          aside.resolve(FILES).resolve("README.md"),
          Card.text(complete, architecture, openClip, organization));
      if (!curve.isEmpty()) {
        Files.writeString(aside.resolve(FILES).resolve(CURVE), csv(curve));
      }
      Files.writeString(aside.resolve(PUBLICATION), CanonicalJson.text(complete));
      Folders.publish(aside, target);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the version of round " + publication.round(), e);
    }
  }

  private static String csv(List<CurvePoint> curve) {
    var csv =
        new StringBuilder("step,loss,lossClip,lossDistill,gradientNorm,logitScale,learningRate\n");
    for (CurvePoint point : curve) {
      csv.append(point.step());
      for (double value :
          new double[] {
            point.loss(),
            point.lossClip(),
            point.lossDistill(),
            point.gradientNorm(),
            point.logitScale(),
            point.learningRate()
          }) {
        csv.append(',').append(value);
      }
      csv.append('\n');
    }
    return csv.toString();
  }

  static Path folder(Path outbox, int round) {
    return outbox.resolve("round-%06d".formatted(round));
  }

  /** The two forms of a model are not the same model. */
  public static final class ParityException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ParityException(String message) {
      super(message);
    }
  }
}
