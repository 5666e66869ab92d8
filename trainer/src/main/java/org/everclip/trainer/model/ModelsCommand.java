package org.everclip.trainer.model;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.everclip.clip.cost.ModelCost;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Networks;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code everclip models}: what models there are, and what they cost. */
@Command(
    name = "models",
    mixinStandardHelpOptions = true,
    description = "Lists the known architectures, describes models and rewrites them.",
    subcommands = {
      ModelsCommand.Listing.class,
      DescribeCommand.class,
      CompactCommand.class,
    })
final class ModelsCommand implements Callable<Integer> {

  @Override
  public Integer call() throws IOException {
    return new Listing().call();
  }

  /** The known architectures. */
  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description =
          "Lists the known architectures: millions of parameters of image and text tower, billions"
              + " of multiply-adds for a picture and a text, in the form that runs.")
  static final class Listing implements Callable<Integer> {

    @Option(names = "--json", description = "Print JSON: an array of objects.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
      List<Map<String, Object>> models = new ArrayList<>();
      for (String name : Networks.names()) {
        models.add(row(DescribeCommand.sized(Architecture.named(name))));
      }
      if (json) {
        Json.print(models);
        return 0;
      }
      System.out.printf(
          "%-26s %-12s %6s %18s %18s%n",
          "name", "family", "image", "M parameters", "G multiply-adds");
      for (Map<String, Object> model : models) {
        System.out.printf(
            Locale.ROOT,
            "%-26s %-12s %6s %8.2f + %7.2f %8.3f + %7.3f%n",
            model.get("name"),
            model.get("family"),
            model.get("imageSize"),
            number(model, "imageParameters") / 1e6,
            number(model, "textParameters") / 1e6,
            number(model, "imageMacs") / 1e9,
            number(model, "textMacs") / 1e9);
      }
      return 0;
    }

    private static Map<String, Object> row(Architecture architecture) {
      ModelCost cost = ModelCost.of(architecture, DescribeCommand.runningForm(architecture));
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("name", architecture.name());
      row.put("family", architecture.family());
      row.put("imageSize", architecture.imageSize());
      row.put("imageParameters", cost.imageParameters());
      row.put("textParameters", cost.textParameters());
      row.put("imageMacs", cost.imageMacs());
      row.put("textMacs", cost.textMacs());
      return row;
    }

    private static double number(Map<String, Object> row, String name) {
      return row.get(name) instanceof Number number ? number.doubleValue() : 0;
    }
  }
}
