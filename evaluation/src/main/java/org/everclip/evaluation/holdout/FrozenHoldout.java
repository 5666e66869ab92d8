package org.everclip.evaluation.holdout;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.everclip.contracts.Sha256;
import org.everclip.evaluation.task.Sample;
import org.everclip.evaluation.task.SampleSource;
import org.everclip.evaluation.task.Scoring;

/**
 * Held-out pairs that all versions are judged on, by retrieval. A deleted pair leaves the set,
 * which makes it another suite. Pictures are read one by one.
 */
public final class FrozenHoldout implements SampleSource {

  private final List<HeldOut> pairs;
  private final Pictures pictures;

  FrozenHoldout(List<HeldOut> pairs, Pictures pictures) {
    this.pairs = List.copyOf(pairs);
    this.pictures = pictures;
  }

  public int size() {
    return pairs.size();
  }

  @Override
  public Scoring scoring() {
    return new Scoring.Retrieval();
  }

  @Override
  public void forEach(Consumer<Sample> consumer) throws IOException {
    for (HeldOut pair : pairs) {
      byte[] image = pictures.load(pair.image());
      consumer.accept(new Sample.Captioned(pair.pairId(), image, List.of(pair.caption())));
    }
  }

  @Override
  public String fingerprint() {
    var digest = Sha256.digest();
    for (HeldOut pair : pairs) {
      digest.update(
          "%s %s %s\n".formatted(pair.pairId(), pair.image(), pair.caption()).getBytes(UTF_8));
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
