package org.everclip.clip.network;

import java.util.List;

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
    return architecture.family() == Architecture.Family.MOBILECLIP;
  }

  /**
   * Writes the network's text.
   *
   * @param form {@link Form#TRAIN} for families without branches
   */
  public static Network create(Architecture architecture, Precision precision, Form form) {
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
    var source = new ModelSource(precision, form);
    source.logitScale();
    switch (architecture.family()) {
      case MOBILECLIP -> new MobileClip(architecture, source).write();
      case CLIP -> new Clip(architecture, source).write();
      case COCA -> new CoCa(architecture, source).write();
    }
    return source.network(architecture);
  }
}
