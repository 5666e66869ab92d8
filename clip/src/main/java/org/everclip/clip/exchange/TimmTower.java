package org.everclip.clip.exchange;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.everclip.clip.network.Architecture;

/**
 * The image towers that open_clip takes from timm by name; their sizes are those of a known model.
 */
enum TimmTower {
  FASTVIT_MCI0("fastvit_mci0", "avg", "MobileCLIP2-S0"),
  FASTVIT_MCI1("fastvit_mci1", "avg", "MobileCLIP-S1"),
  FASTVIT_MCI2("fastvit_mci2", "avg", "MobileCLIP2-S2"),
  FASTVIT_MCI3("fastvit_mci3", "avg", "MobileCLIP2-S3"),
  FASTVIT_MCI4("fastvit_mci4", "avg", "MobileCLIP2-S4"),
  VIT_BASE_MCI_224("vit_base_mci_224", "token", "MobileCLIP2-B"),
  VIT_LARGE_PATCH14_CLIP_224("vit_large_patch14_clip_224", "token", "MobileCLIP2-L-14");

  private final String timmName;
  private final String pool;
  private final String model;

  TimmTower(String timmName, String pool, String model) {
    this.timmName = timmName;
    this.pool = pool;
    this.model = model;
  }

  static TimmTower named(String timmName) {
    return Arrays.stream(values())
        .filter(tower -> tower.timmName.equals(timmName))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "vision_cfg.timm_model_name is '%s': supported are %s"
                        .formatted(timmName, names())));
  }

  /** The tower of that architecture, if timm has it. */
  static Optional<TimmTower> of(Architecture architecture) {
    return Arrays.stream(values()).filter(tower -> tower.equalsThatOf(architecture)).findFirst();
  }

  static String names() {
    return String.join(", ", Arrays.stream(values()).map(TimmTower::timmName).toList());
  }

  String timmName() {
    return timmName;
  }

  /** What open_clip calls the way from the last features to one vector. */
  String pool() {
    return pool;
  }

  /** A known model with this tower. */
  Architecture model() {
    return Architecture.named(model);
  }

  /** The side of the picture that position tables were made for, if there are any. */
  Optional<Integer> fixedImageSize() {
    Architecture known = model();
    return known.fastVit() == null ? Optional.of(known.imageSize()) : Optional.empty();
  }

  private boolean equalsThatOf(Architecture other) {
    Architecture known = model();
    return Objects.equals(withoutBeginnings(known), withoutBeginnings(other))
        && Objects.equals(known.hybridVit(), other.hybridVit())
        && Objects.equals(known.vit(), other.vit())
        && fixedImageSize().map(size -> size == other.imageSize()).orElse(true);
  }

  /** The sizes of a FastViT, whatever its layer scales begin with. */
  private static Architecture.@org.jspecify.annotations.Nullable FastVit withoutBeginnings(
      Architecture architecture) {
    var tower = architecture.fastVit();
    return tower == null
        ? null
        : new Architecture.FastVit(
            tower.depths(),
            tower.widths(),
            tower.ratio(),
            0,
            tower.squeezeExcite(),
            tower.mixers(),
            tower.attentionNorm(),
            tower.stemScaleBranch());
  }
}
