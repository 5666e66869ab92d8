package org.everclip.trainer.publish;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.everclip.clip.exchange.OpenClipExport.NotExpressible;
import org.everclip.clip.exchange.OpenClipExport.Outcome;
import org.everclip.clip.network.Architecture;

/** The version's README: what it is, what it learned from, how to use it. */
final class Card {

  private Card() {}

  static String text(
      Publication publication, Architecture architecture, Outcome openClip, String organization) {
    String facts =
        new TreeMap<>(publication.details())
            .entrySet().stream()
                .map(fact -> "| %s | %s |".formatted(fact.getKey(), cell(fact)))
                .collect(Collectors.joining("\n"));
    return """
    ---
    library_name: everclip
    tags: [clip, zero-shot-image-classification, continual-learning]
    license: other
    ---
    # %s, round %d

    An image-text model (%s, %d-dimensional embeddings, %d pixel pictures) after %d steps on a stream of reinforced
    image-text pairs (MobileCLIP, arXiv 2311.17049). Weights are the running average over steps.

    `model.safetensors` is the form that runs, `train.safetensors` the form to train on, `model.json` says architecture
    and preprocessing, `tokenizer.json` is the vocabulary.

        everclip classify DIRECTORY --image picture.png --labels "a cat,a dog"

    %s

    Licences of the pairs it learned from: %s. Reinforcement version `%s`.

    | fact | value |
    |---|---|
    %s
    """
        .formatted(
            publication.model(),
            publication.round(),
            architecture.name(),
            architecture.embedDim(),
            architecture.imageSize(),
            publication.steps(),
            openClip(openClip, organization + "/" + publication.model()),
            String.join(", ", publication.licences()),
            publication.reinforcementVersion(),
            facts);
  }

  private static String openClip(Outcome outcome, String repository) {
    if (outcome instanceof NotExpressible no) {
      return "open_clip cannot load this version, so it has no `open_clip_config.json`: "
          + no.reason().replaceAll("\\s+", " ");
    }
    return """
    With `HF_ENDPOINT` set to the registry's address, open_clip 3 loads it too:

        open_clip.create_model_and_transforms("hf-hub:%s")"""
        .formatted(repository);
  }

  private static String cell(Map.Entry<String, Object> fact) {
    return String.valueOf(fact.getValue()).replace("|", "\\|").replace("\n", " ");
  }
}
