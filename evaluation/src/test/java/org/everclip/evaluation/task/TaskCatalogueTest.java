package org.everclip.evaluation.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TaskCatalogueTest {

  @TempDir Path root;

  @Test
  void listsTheThirtyEightTasksWithTheirGroups() {
    List<Task> tasks = TaskCatalogue.datacomp(null);

    assertThat(tasks).hasSize(38);
    assertThat(tasks).extracting(Task::key).doesNotHaveDuplicates();
    assertThat(tasks).filteredOn(task -> task.families().contains("vtab")).hasSize(13);
    assertThat(tasks).filteredOn(task -> task.families().contains("retrieval")).hasSize(3);
  }

  @Test
  void saysWhatIsMissingInsteadOfScoringIt() throws IOException {
    Task task = TaskCatalogue.datacomp(root).get(0);

    assertThatThrownBy(() -> DatasetFolder.open(task))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("wds_vtab-caltech101_test");

    Path folder = root.resolve("wds_vtab-caltech101_test/test");
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("nshards.txt"), "2");
    assertThatThrownBy(() -> DatasetFolder.open(task)).hasMessageContaining("0.tar");

    Files.writeString(folder.resolve("nshards.txt"), "-1");
    assertThatThrownBy(() -> DatasetFolder.open(task)).hasMessageContaining("positive number");
  }

  @Test
  void asksForTheFolderWhenNoneWasGiven() {
    assertThatThrownBy(() -> DatasetFolder.open(TaskCatalogue.datacomp(null).get(0)))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("evaluation.datacomp");
  }
}
