package org.everclip.registry.versions;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.everclip.contracts.registry.FileEntry;
import org.everclip.contracts.registry.ManifestDraft;
import org.jspecify.annotations.Nullable;

/**
 * The README of a version whose publisher brought none: Hub metadata, origin, files. It is written
 * once, at publication, and is a file like the others.
 */
final class ModelCard {

  static final String PATH = "README.md";

  private static final String OPEN_CLIP = "open_clip_config.json";

  private ModelCard() {}

  static String text(String model, int version, ManifestDraft draft, List<FileEntry> files) {
    var card = new StringBuilder();
    card.append("---\nlibrary_name: everclip\npipeline_tag: zero-shot-image-classification\n");
    card.append("license: other\ntags:\n- clip\n- everclip\n---\n\n");
    card.append("# ").append(model).append(" v").append(version).append("\n\n");
    card.append("A CLIP model that is trained continually on a reinforced stream by EverClip.\n\n");
    card.append("| | |\n|---|---|\n");
    row(card, "parent", parent(draft.parent()));
    row(card, "round", Integer.toString(draft.round()));
    row(card, "steps", Long.toString(draft.steps()));
    row(card, "reinforcement", draft.reinforcementVersion());
    row(card, "data up to", new TreeMap<>(draft.dataCursor()).toString());
    row(card, "licences of teachers, captioner and sources", String.join("; ", draft.licences()));
    for (Map.Entry<String, Object> detail : draft.details().entrySet()) {
      row(card, detail.getKey(), String.valueOf(detail.getValue()));
    }
    card.append("\n## Files\n\n| file | bytes | sha256 |\n|---|---|---|\n");
    for (FileEntry file : files) {
      card.append("| `%s` | %d | `%s` |%n".formatted(file.path(), file.size(), file.sha256()));
    }
    card.append("\n## Use\n\n");
    card.append("`everclip pull ").append(model).append("@v").append(version).append(" --to DIR`");
    card.append(" fetches and verifies it.\n\n");
    card.append(
        files.stream().anyMatch(file -> file.path().equals(OPEN_CLIP))
            ? "open_clip loads it as `hf-hub:`.\n"
            : "open_clip cannot load this version: open_clip's configuration has no words for its"
                + " architecture, so there is no `"
                + OPEN_CLIP
                + "`.\n");
    return card.toString().replace("\r\n", "\n");
  }

  private static String parent(@Nullable Integer parent) {
    return parent == null ? "none, trained from scratch" : "v" + parent;
  }

  private static void row(StringBuilder card, String name, String value) {
    card.append("| ").append(plain(name)).append(" | ").append(plain(value)).append(" |\n");
  }

  /** Values are data: one line, no markup. */
  private static String plain(String value) {
    return value
        .replaceAll("\\p{Cntrl}+", " ")
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace("|", "\\|")
        .replace("[", "\\[")
        .replace("`", "'");
  }
}
