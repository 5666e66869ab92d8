package org.everclip.clip.network;

import ai.djl.engine.Engine;
import java.util.List;
import java.util.Objects;

/** Makes networks from architectures. */
public final class Networks {

  private static final List<String> NAMES =
      List.of(
          "mobileclip-nano",
          "mobileclip-nano-teacher",
          "vit-nano-teacher",
          "coca-nano",
          "mobileclip_s0",
          "mobileclip_s1",
          "mobileclip_s2",
          "mobileclip_b",
          "MobileCLIP-S1",
          "MobileCLIP-S2",
          "MobileCLIP-B",
          "MobileCLIP2-S0",
          "MobileCLIP2-S2",
          "MobileCLIP2-B",
          "MobileCLIP2-S3",
          "MobileCLIP2-S4",
          "MobileCLIP2-L-14",
          "ViT-B-16",
          "ViT-L-14",
          "ViT-L-14-quickgelu",
          "coca_ViT-L-14");

  private Networks() {}

  /** The models that {@link Architecture#named} knows. */
  public static List<String> names() {
    return NAMES;
  }

  /** Whether a network of this architecture has a smaller form with folded branches. */
  public static boolean canBeReparameterized(Architecture architecture) {
    return architecture.fastVit() != null || architecture.text().mixerBlocks();
  }

  /**
   * Writes the text of a network that can be trained and runs everywhere.
   *
   * @param form {@link Form#TRAIN} for families without branches
   */
  public static Network create(Architecture architecture, Precision precision, Form form) {
    return create(architecture, precision, form, Lowering.GENERAL);
  }

  /** Writes the text of a network that is called without gradient on the engine's own device. */
  public static Network forInference(Architecture architecture, Precision precision, Form form) {
    var device = Engine.getEngine("PyTorch").defaultDevice();
    return create(architecture, precision, form, Lowering.forInference(device, precision));
  }

  /** Writes the network's text with the operators of a lowering. */
  public static Network create(
      Architecture architecture, Precision precision, Form form, Lowering lowering) {
    if (architecture.text().vocabularySize() <= 0) {
      throw new IllegalArgumentException(
          "Architecture '"
              + architecture.name()
              + "' has no vocabulary size; use withVocabularySize(tokenizer.vocabularySize())");
    }
    if (form == Form.REPARAMETERIZED && !canBeReparameterized(architecture)) {
      throw new IllegalArgumentException(
          "'" + architecture.name() + "' has no branches to fold; its form is TRAIN");
    }
    var source = new ModelSource(precision, form, lowering);
    source.logitScale();
    switch (architecture.family()) {
      case MOBILECLIP -> writeMobileClip(architecture, source);
      case CLIP -> new Clip(architecture, source).write();
      case COCA -> new CoCa(architecture, source).write();
    }
    return source.network(architecture);
  }

  private static void writeMobileClip(Architecture architecture, ModelSource source) {
    if (architecture.fastVit() != null) {
      new FastVitTower(architecture, architecture.fastVit(), source).write();
    } else if (architecture.hybridVit() != null) {
      new MobileVitTower(architecture, source).writeHybrid(architecture.hybridVit());
    } else {
      new MobileVitTower(architecture, source)
          .writePlain(Objects.requireNonNull(architecture.vit()));
    }
    new TextTower(architecture, source).write();
  }
}
