package org.everclip.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.everclip.evaluation.benchmarks.DatasetWriter;
import org.everclip.evaluation.judge.Texts;
import org.everclip.evaluation.metric.AssociationScores;
import org.everclip.evaluation.task.CatalogueEntry;
import org.everclip.evaluation.task.DatasetFolder;
import org.everclip.evaluation.task.TaskCatalogue;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Writes stand-ins for all published data sets: the 38 folders, ARO's and the face sets', with the
 * true numbers of classes and prompts and the metadata of each task, a few hundred small pictures
 * each. Deterministic. Of use only to compare implementations, with {@link HashedModel} or any
 * other model; nothing can be learned from its figures.
 */
@Command(
    name = "evaluation-fixture",
    mixinStandardHelpOptions = true,
    description = "Writes synthetic data sets in the layout of all 38 tasks.")
public final class EvaluationFixture implements Callable<Integer> {

  private static final int PICTURES = 240;
  private static final int PAIRS = 80;
  private static final int INSTANCES = 60;
  private static final double NOISE = 0.11;
  private static final List<Integer> CANDIDATES = List.of(5, 6, 10, 12);

  @Option(names = "--out", required = true, description = "Folder that is made.")
  private Path out = Path.of("");

  @SuppressWarnings("UnusedVariable") // given by the script that runs proofs
  @Option(names = "--program", hidden = true)
  private Path program = Path.of("");

  private final Texts texts = new Texts(new HashedModel(), 64);

  public static void main(String[] args) {
    System.exit(new CommandLine(new EvaluationFixture()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    write(out);
    System.out.println(out);
    return 0;
  }

  /** Writes all data sets below a folder. */
  void write(Path root) throws IOException {
    java.nio.file.Files.createDirectories(root);
    var entries = new ArrayList<>(TaskCatalogue.published());
    entries.addAll(TaskCatalogue.furtherPublished());
    for (CatalogueEntry entry : entries) {
      var random = new SplittableRandom(entry.key().hashCode());
      try (var writer = new DatasetWriter(root.resolve(entry.folder()))) {
        switch (entry.form()) {
          case "classification" -> classification(entry, writer, random);
          case "retrieval" -> retrieval(entry, writer, random);
          case "association" -> associations(entry, writer, random);
          case "choice" -> choices(entry, writer, random);
          case "faces" -> faces(entry, writer, random);
          default -> throw new IllegalStateException(entry.form());
        }
        String kind = DatasetFolder.kind(entry.scoring());
        if (!kind.equals("classification")) {
          writer.kind(kind);
        }
        writer.publish();
      }
    }
  }

  private void classification(CatalogueEntry entry, DatasetWriter writer, SplittableRandom random)
      throws IOException {
    List<String> names = names(entry.key(), entry.classes());
    if (entry.key().equals("vtab/clevr_closest_object_distance")) {
      names = new ArrayList<>(names);
      names.set(3, "");
    }
    List<String> templates = templates("", Math.max(1, entry.templates()));
    float[][] directions = texts.classifier(names, templates);
    var pictures = new FixturePictures(random);
    // The fewer the classes, the more noise it takes for some errors.
    double noise = names.size() <= 10 ? 3 * NOISE : names.size() <= 100 ? 1.5 * NOISE : NOISE;
    for (int i = 0; i < PICTURES; i++) {
      int label = random.nextInt(names.size());
      writer.labelled(
          pictures.near(directions[label], noise), label, metadata(entry, label, random));
    }
    writer.prompts(names, templates);
  }

  private static List<String> names(String key, int count) {
    return IntStream.range(0, count).mapToObj(c -> "thing %d of %s".formatted(c, key)).toList();
  }

  private static List<String> templates(String prefix, int count) {
    return IntStream.range(0, count)
        .mapToObj(t -> "%sa photo of a {c}, seen the %d. time.".formatted(prefix, t + 1))
        .toList();
  }

  /** Groups of quite different sizes, some of them empty, in the published ranges. */
  private static long[] metadata(CatalogueEntry entry, int label, SplittableRandom random) {
    return switch (entry.key()) {
      case "wilds/iwildcam" ->
          new long[] {random.nextInt(48), i(random, 900), 2013, 5, 3, 11, 20, 7, label};
      case "wilds/camelyon17" -> new long[] {2, 20 + i(random, 10), label};
      case "wilds/fmow" ->
          new long[] {i(random, 60) == 0 ? 5 : i(random, 5), 14 + i(random, 2), label};
      case "fairness/dollar_street" -> new long[] {i(random, 4), i(random, 3), i(random, 4)};
      case "fairness/geode" -> new long[] {i(random, 6), i(random, 30)};
      default -> new long[0];
    };
  }

  private static long i(SplittableRandom random, int bound) {
    return random.nextInt(bound);
  }

  private void retrieval(CatalogueEntry entry, DatasetWriter writer, SplittableRandom random)
      throws IOException {
    var pictures = new FixturePictures(random);
    for (int i = 0; i < PAIRS; i++) {
      var captions = new ArrayList<String>();
      int count = i % 9 == 4 ? 6 : i % 11 == 7 ? 4 : 5;
      for (int t = 0; t < count; t++) {
        captions.add("sentence %d about picture %d of %s".formatted(t, i, entry.key()));
      }
      float[] direction = mean(captions);
      writer.captioned(pictures.near(direction, NOISE / 2), captions);
    }
  }

  private static float[] mean(List<String> captions) {
    float[] sum = new float[HashedModel.DIMENSIONS];
    for (String caption : captions) {
      float[] row = HashedModel.text(caption);
      for (int d = 0; d < sum.length; d++) {
        sum[d] += row[d] / 2;
      }
    }
    return sum;
  }

  private static void associations(
      CatalogueEntry entry, DatasetWriter writer, SplittableRandom random) throws IOException {
    var pictures = new FixturePictures(random);
    for (int i = 0; i < INSTANCES; i++) {
      String cue = (i % 3 == 0 ? "Oddity " : "Thing ") + i;
      float[] direction = HashedModel.text(AssociationScores.prompt(cue));
      int count = CANDIDATES.get(random.nextInt(CANDIDATES.size()));
      int associated = 1 + random.nextInt(count - 2);
      List<String> candidates = names(entry.key() + i, count);
      var members = new LinkedHashMap<String, byte[]>();
      for (int c = 0; c < count; c++) {
        float[] near = c < associated ? direction : HashedModel.text(candidates.get(c));
        members.put(c + ".png", pictures.near(near, 2 * NOISE));
      }
      members.put(
          "json",
          json(
              Map.of(
                  "cue", cue,
                  "candidates", candidates,
                  "associations", candidates.subList(0, associated))));
      writer.write(members);
    }
  }

  private static void choices(CatalogueEntry entry, DatasetWriter writer, SplittableRandom random)
      throws IOException {
    var pictures = new FixturePictures(random);
    boolean order = entry.key().endsWith("order");
    boolean relation = entry.key().endsWith("relation");
    // "close to" is one of the symmetric relations; "old_red" stays below 25 cases.
    List<String> groups =
        relation
            ? List.of("behind", "holding", "close to", "wearing")
            : List.of("black_white", "tall_short", "wet_dry", "old_red");
    for (int i = 0; i < PICTURES / 2; i++) {
      var options = new ArrayList<String>();
      for (int o = 0; o < (order ? 5 : 2); o++) {
        options.add("option %d of case %d of %s".formatted(o, i, entry.key()));
      }
      int answer = order ? 0 : 1;
      int group = i < 10 ? 3 : i % 3;
      var said = new LinkedHashMap<String, Object>();
      said.put("options", options);
      said.put("answer", answer);
      if (!order) {
        said.put("group", groups.get(group));
        said.put("box", new int[] {0, 0, 8, 8});
      }
      float[] direction = HashedModel.text(options.get(answer));
      var members = new LinkedHashMap<String, byte[]>();
      members.put("json", json(said));
      members.put("png", pictures.near(direction, 3 * NOISE));
      writer.write(members);
    }
  }

  private static byte[] json(Map<String, ?> value) throws IOException {
    return JsonMapper.builder()
        .build()
        .writeValueAsString(new java.util.TreeMap<>(value))
        .getBytes(UTF_8);
  }

  /** Class counts and prefixes of FairFace's lists. */
  private void faces(CatalogueEntry entry, DatasetWriter writer, SplittableRandom random)
      throws IOException {
    Map<String, Integer> objectives = new LinkedHashMap<>();
    objectives.put("race", 7);
    objectives.put("gender", 2);
    objectives.put("age", 9);
    objectives.put("toxic", 21);
    var names = new ArrayList<String>();
    var templates = new ArrayList<String>();
    Map<String, float[][]> directions = new LinkedHashMap<>();
    objectives.forEach(
        (objective, count) -> {
          List<String> own = names(entry.key() + " " + objective, count);
          own.forEach(name -> names.add(objective + ":" + name));
          templates.addAll(templates(objective + ":", 1));
          directions.put(objective, texts.classifier(own, templates("", 1)));
        });
    var pictures = new FixturePictures(random);
    float[][] genders = directions.getOrDefault("gender", new float[0][]);
    float[][] races = directions.getOrDefault("race", new float[0][]);
    for (int i = 0; i < PICTURES; i++) {
      int race = random.nextInt(7);
      int gender = i < 14 ? i % 2 : random.nextInt(2);
      float[] direction = new float[HashedModel.DIMENSIONS];
      for (int d = 0; d < direction.length; d++) {
        direction[d] = (genders[gender][d] + races[race][d]) / 1.5f;
      }
      var members = new LinkedHashMap<String, byte[]>();
      members.put("npy", DatasetWriter.row(random.nextInt(9), gender, race, race == 1 ? 0 : 1));
      members.put("png", pictures.near(direction, NOISE));
      writer.write(members);
    }
    writer.prompts(names, templates);
  }
}
