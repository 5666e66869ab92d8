package org.everclip.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.everclip.contracts.registry.CanonicalJson;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.contracts.registry.VersionInfo;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The Hub protocol with the very requests that the Python and JavaScript clients send. */
@ExtendWith(SharedRig.class)
class HubApiTest {

  @TempDir static Path home;
  private static Rig rig;
  private static Path files;
  private static VersionInfo first;

  @BeforeAll
  static void start(Rig shared) throws Exception {
    rig = shared;
    RegistryClient client = rig.client();
    files = Rig.model(home.resolve("model"), 1);
    client.publish("tiny", files, Rig.draft(null), "1");
    client.publish("tiny", Rig.model(home.resolve("second"), 2), Rig.draft(1), "2");
    client.moveAlias("tiny", "main", 1, 0, "gate", "first");
    first = client.version("tiny", "v1").orElseThrow();
  }

  @Test
  void headOfASmallFileNamesCommitAndGitId() throws Exception {
    HttpResponse<String> head =
        rig.send(
            "HEAD", "/everclip/tiny/resolve/main/config.json", "", "Accept-Encoding", "identity");

    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(header(head, "X-Repo-Commit")).isEqualTo(first.commit()).matches("[0-9a-f]{40}");
    assertThat(header(head, "ETag")).matches("\"[0-9a-f]{40}\"");
    assertThat(header(head, "Content-Length")).isEqualTo("16");
    assertThat(header(head, "Accept-Ranges")).isEqualTo("bytes");
    assertThat(head.headers().firstValue("X-Linked-Size")).isEmpty();
    assertThat(head.headers().firstValue("X-Xet-Hash")).isEmpty();
  }

  @Test
  void largeFilesAreLinkedByTheirDigest() throws Exception {
    String path = "/everclip/tiny/resolve/" + first.commit() + "/model.safetensors";
    String sha256 = first.manifest().file("model.safetensors").orElseThrow().sha256();
    long size = Files.size(files.resolve("model.safetensors"));

    HttpResponse<String> whole = rig.get(path);
    HttpResponse<String> part = rig.get(path, "Range", "bytes=0-7");
    HttpResponse<String> rest = rig.get(path, "Range", "bytes=8-");
    HttpResponse<String> beyond = rig.get(path, "Range", "bytes=" + size + "-");

    assertThat(header(whole, "X-Linked-ETag")).isEqualTo("\"" + sha256 + "\"");
    assertThat(header(whole, "X-Linked-Size")).isEqualTo(Long.toString(size));
    assertThat(part.statusCode()).isEqualTo(206);
    assertThat(header(part, "Content-Range")).isEqualTo("bytes 0-7/" + size);
    assertThat(part.body() + rest.body()).isEqualTo(whole.body());
    assertThat(beyond.statusCode()).isEqualTo(416);
    assertThat(header(beyond, "Content-Range")).isEqualTo("bytes */" + size);
  }

  @Test
  void theProbeOfAnEmptyFileLearnsItsSize() throws Exception {
    HttpResponse<String> probe =
        rig.get("/everclip/tiny/resolve/main/empty.txt", "Range", "bytes=0-0");

    assertThat(probe.statusCode()).isEqualTo(206);
    assertThat(header(probe, "Content-Range")).isEqualTo("bytes */0");
    assertThat(rig.get("/everclip/tiny/resolve/main/empty.txt", "Range", "bytes=0--1").statusCode())
        .isEqualTo(200);
  }

  @Test
  void rawGivesThePointerOfALargeFile() throws Exception {
    assertThat(rig.get("/everclip/tiny/raw/main/model.safetensors").body())
        .startsWith("version https://git-lfs.github.com/spec/v1\noid sha256:");
    assertThat(rig.get("/everclip/tiny/raw/main/sub/deep/b%20c.txt").body()).isEqualTo("b");
  }

  @Test
  void revisionsAreBranchesVersionsAliasesAndCommits() throws Exception {
    for (String revision : new String[] {"main", "HEAD", "v1", first.commit()}) {
      JsonNode info = json(rig.get("/api/models/everclip/tiny/revision/" + revision));
      assertThat(info.path("sha").asText()).as(revision).isEqualTo(first.commit());
    }
    JsonNode info = json(rig.get("/api/models/everclip/tiny?blobs=true"));
    assertThat(info.path("id").asText()).isEqualTo("everclip/tiny");
    assertThat(info.path("lastModified").asText())
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
    assertThat(info.path("siblings").findValuesAsText("rfilename"))
        .contains("README.md", "model.safetensors", "sub/deep/b c.txt");
    assertThat(info.path("siblings").findValue("lfs").path("sha256").asText()).hasSize(64);
    assertThat(json(rig.get("/api/models/everclip/tiny/revision/latest")).path("sha").asText())
        .isNotEqualTo(first.commit());
  }

  @Test
  void treesListFoldersAndPointerSizes() throws Exception {
    String tree = "/api/models/everclip/tiny/tree/main";

    JsonNode all = json(rig.get(tree + "?recursive=true&expand=false"));
    JsonNode root = json(rig.get(tree + "?recursive=false"));

    assertThat(all.findValuesAsText("path"))
        .containsExactlyInAnyOrder(
            "sub",
            "sub/deep",
            "README.md",
            "config.json",
            "empty.txt",
            "model.safetensors",
            "sub/deep/b c.txt");
    assertThat(root.findValuesAsText("path")).contains("sub").doesNotContain("sub/deep");
    assertThat(all.findValue("lfs").path("pointerSize").asInt()).isBetween(120, 140);
    for (String folder : new String[] {"sub/deep", "sub%2Fdeep"}) {
      assertThat(json(rig.get(tree + "/" + folder)).findValuesAsText("path"))
          .as(folder)
          .containsExactly("sub/deep/b c.txt");
    }
  }

  @Test
  void pathsInfoTakesFormsAndJson() throws Exception {
    String path = "/api/models/everclip/tiny/paths-info/main";

    JsonNode form =
        json(
            rig.send(
                "POST",
                path,
                "paths=README.md&paths=nope&paths=sub&expand=False",
                "Content-Type",
                "application/x-www-form-urlencoded"));
    JsonNode expanded =
        json(
            rig.send(
                "POST",
                path,
                "{\"paths\":[\"model.safetensors\"],\"expand\":true}",
                "Content-Type",
                "application/json"));

    assertThat(form.findValuesAsText("path")).containsExactly("README.md", "sub");
    assertThat(form.findValue("lastCommit")).isNull();
    assertThat(expanded.findValue("lastCommit").path("id").asText()).isEqualTo(first.commit());
  }

  @Test
  void errorsCarryTheCodesThatClientsUnderstand() throws Exception {
    Map.of(
            "/everclip/tiny/resolve/main/nope.bin", "EntryNotFound",
            "/everclip/tiny/resolve/main/open_clip_config.json", "EntryNotFound",
            "/everclip/tiny/resolve/v9/config.json", "RevisionNotFound",
            "/everclip/none/resolve/main/config.json", "RepoNotFound",
            "/other/tiny/resolve/main/config.json", "RepoNotFound",
            "/api/models/everclip/none", "RepoNotFound",
            "/api/models/everclip/tiny/revision/none", "RevisionNotFound",
            "/api/models/everclip/tiny/tree/main/nope", "EntryNotFound")
        .forEach(
            (path, code) -> {
              try {
                HttpResponse<String> answer = rig.get(path);
                assertThat(answer.statusCode()).as(path).isEqualTo(404);
                assertThat(header(answer, "X-Error-Code")).as(path).isEqualTo(code);
                assertThat(json(answer).path("error").asText()).isNotEmpty();
                assertThat(answer.headers().firstValue("X-Repo-Commit").isPresent())
                    .as(path)
                    .isEqualTo(code.equals("EntryNotFound"));
              } catch (Exception e) {
                throw new AssertionError(path, e);
              }
            });
    HttpResponse<String> head = rig.send("HEAD", "/everclip/tiny/raw/main/nope", "");
    assertThat(head.statusCode()).isEqualTo(404);
    assertThat(header(head, "X-Error-Code")).isEqualTo("EntryNotFound");
  }

  private static JsonNode json(HttpResponse<String> response) {
    return CanonicalJson.tree(response.body());
  }

  private static String header(HttpResponse<String> response, String name) {
    return response.headers().firstValue(name).orElse("absent");
  }
}
