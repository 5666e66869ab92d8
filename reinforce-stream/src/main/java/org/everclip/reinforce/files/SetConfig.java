package org.everclip.reinforce.files;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.everclip.formats.AtomicFile;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.augment.Step;
import org.everclip.formats.datacompdr.DatacompDrReader;
import org.everclip.formats.datacompdr.PairFacts;
import org.everclip.formats.datacompdr.ReinforcedSample;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;

/**
 * The files beside the shards that the reference's training asks for: {@code config.json}
 * (teachers, augmentations) and {@code manifest.jsonl} (a line a shard).
 */
final class SetConfig {

  private static final JsonMapper JSON = new JsonMapper();
  private static final int LOOKED_AT = 200;
  private static final double[] MEAN = {0.48145466, 0.4578275, 0.40821073};
  private static final double[] STD = {0.26862954, 0.26130258, 0.27577711};

  private SetConfig() {}

  /** Describes finished shards, from what is in them. */
  static void write(Path folder, List<Path> shards) throws IOException {
    var lines = new StringBuilder();
    for (Path shard : shards) {
      ObjectNode line = JSON.createObjectNode();
      line.put("shard", name(shard).replaceFirst("\\.tar$", ""));
      line.put("num_uids", samples(shard));
      lines.append(JSON.writeValueAsString(line)).append('\n');
    }
    publish(folder.resolve("manifest.jsonl"), lines.toString());
    for (Path shard : shards) {
      ObjectNode config = describe(shard);
      if (!config.isEmpty()) {
        publish(folder.resolve("config.json"), JSON.writeValueAsString(config) + "\n");
        return;
      }
    }
  }

  private static int samples(Path shard) throws IOException {
    int count = 0;
    try (var reader = new WebDatasetReader(shard)) {
      for (ShardSample unused : reader) {
        count++;
      }
    }
    return count;
  }

  private static ObjectNode describe(Path shard) throws IOException {
    ObjectNode config = JSON.createObjectNode();
    int operations = 0;
    boolean flips = false;
    int seen = 0;
    try (var reader = new WebDatasetReader(shard)) {
      while (reader.hasNext() && seen < LOOKED_AT) {
        ShardSample members = reader.next();
        PairFacts facts = PairFacts.parse(members.member("json").orElseThrow()).orElseThrow();
        List<PairFacts.Teacher> teachers = facts.teachers();
        ReinforcedSample sample =
            new DatacompDrReader(teachers.stream().map(PairFacts.Teacher::dim).toList())
                .read(members);
        if (seen++ == 0) {
          config.put("model_name", names(teachers, 0));
          config.put("num_samples", sample.augmentations().size());
          config.put("pretrained", names(teachers, 1));
          config.put("reinforcement_version", facts.reinforcementVersion());
        }
        for (Augmentation augmentation : sample.augmentations()) {
          for (Step step : augmentation.steps()) {
            flips |= step instanceof Step.Flip;
            if (step instanceof Step.Operations list) {
              operations = Math.max(operations, list.operations().size());
            }
          }
        }
      }
    }
    if (seen > 0) {
      config.putObject("reinforce").set("image_augmentation", augmentation(operations, flips));
    }
    return config;
  }

  /** Name and weights, which an id names as {@code name@weights}. */
  private static String names(List<PairFacts.Teacher> teachers, int part) {
    return teachers.stream()
        .map(teacher -> List.of(teacher.id().split("@", 2)))
        .map(id -> part < id.size() ? id.get(part) : "")
        .collect(Collectors.joining(","));
  }

  private static JsonNode augmentation(int operations, boolean flips) {
    ObjectNode config = JSON.createObjectNode();
    ObjectNode normalize = config.putObject("normalize");
    normalize.set("mean", JSON.valueToTree(MEAN));
    normalize.set("std", JSON.valueToTree(STD));
    ObjectNode rand = config.putObject("rand_augment");
    rand.put("enable", operations > 0);
    rand.put("num_ops", operations);
    rand.put("p", 1.0);
    config.putObject("random_horizontal_flip").put("enable", flips);
    config.putObject("random_resized_crop").put("interpolation", "bicubic").put("size", 224);
    config.putObject("to_rgb").put("enable", true);
    config.putObject("to_tensor").put("enable", true);
    return config;
  }

  static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  static void publish(Path target, String text) throws IOException {
    Path aside = AtomicFile.aside(target);
    Files.writeString(aside, text);
    AtomicFile.publish(aside, target);
  }
}
