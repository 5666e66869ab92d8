package org.everclip.evaluation.benchmarks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.everclip.evaluation.benchmarks.Doctor.Finding;
import org.everclip.evaluation.benchmarks.Doctor.State;
import org.everclip.evaluation.task.CatalogueEntry;
import org.everclip.evaluation.task.DatasetFolder;
import org.everclip.evaluation.task.Task;
import org.everclip.evaluation.task.TaskCatalogue;
import org.everclip.evaluation.task.UnavailableException;
import org.everclip.service.ConfigException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Examines a folder of data sets; exits with 1 when one that is there cannot be evaluated. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description =
        "Reads every data set of a folder and says what is missing, damaged or different.")
public final class DoctorCommand implements Callable<Integer> {

  @Parameters(paramLabel = "DIR", description = "Folder of data sets.")
  private Path data = Path.of("");

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws JsonProcessingException {
    if (!Files.isDirectory(data)) {
      throw new ConfigException(data + " is not a folder");
    }
    List<Finding> findings = findings();
    if (json) {
      System.out.println(
          JsonMapper.builder()
              .build()
              .writerWithDefaultPrettyPrinter()
              .writeValueAsString(findings));
    } else {
      findings.forEach(DoctorCommand::print);
      for (State state : State.values()) {
        long count = findings.stream().filter(finding -> finding.state() == state).count();
        System.out.printf(Locale.ROOT, "%d %s%n", count, state.name().toLowerCase(Locale.ROOT));
      }
    }
    return findings.stream().anyMatch(finding -> finding.state() == State.DAMAGED) ? 1 : 0;
  }

  private List<Finding> findings() {
    var doctor = new Doctor(imageNetNames());
    var findings = new ArrayList<Finding>();
    TaskCatalogue.local(data).forEach(task -> findings.add(doctor.examine(task, null)));
    examine(doctor, TaskCatalogue.datacomp(data), TaskCatalogue.published(), findings);
    examine(doctor, TaskCatalogue.further(data), TaskCatalogue.furtherPublished(), findings);
    return findings;
  }

  /** Class names of ImageNet-1k, if it is there; its subsets are compared with them. */
  private List<String> imageNetNames() {
    for (Task task : TaskCatalogue.datacomp(data)) {
      if (task.key().equals("imagenet1k")) {
        try {
          return DatasetFolder.open(task).classNames();
        } catch (UnavailableException e) {
          // Its own finding says why; there is nothing to compare with.
        }
      }
    }
    return List.of();
  }

  private static void examine(
      Doctor doctor, List<Task> tasks, List<CatalogueEntry> entries, List<Finding> findings) {
    for (int i = 0; i < tasks.size(); i++) {
      findings.add(doctor.examine(tasks.get(i), entries.get(i)));
    }
  }

  private static void print(Finding finding) {
    System.out.printf(
        Locale.ROOT,
        "%-52s %-9s %s%n",
        finding.task(),
        finding.state().name().toLowerCase(Locale.ROOT),
        finding.state() == State.MISSING || finding.state() == State.DAMAGED
            ? String.join("; ", finding.notes())
            : counts(finding));
  }

  private static @Nullable String counts(Finding finding) {
    String counts = finding.samples() + " samples";
    if (finding.classes() > 0) {
      counts += ", " + finding.classes() + " classes";
    }
    return finding.notes().isEmpty() ? counts : counts + "; " + String.join("; ", finding.notes());
  }
}
