package org.everclip.registry.versions;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.everclip.contracts.avro.ModelEvent;
import org.everclip.contracts.avro.ModelEventKind;
import org.everclip.contracts.registry.FileEntry;
import org.everclip.contracts.registry.Manifest;
import org.everclip.contracts.registry.SignedManifest;
import org.everclip.registry.versions.Decision.Verdict;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegistryViewTest {

  private static final Instant TIME = Instant.parse("2026-01-02T03:04:05Z");
  private static KeyPair keys;

  private final RegistryView view = new RegistryView();
  private final List<ModelEvent> log = new ArrayList<>();

  @BeforeAll
  static void makeKeys() throws Exception {
    keys = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void everyHistoryHasOneViewAndNumbersWithoutGaps(long seed) {
    var random = new Random(seed);
    for (int i = 0; i < 300; i++) {
      command(random);
    }

    var again = new RegistryView();
    for (int offset = 0; offset < log.size(); offset++) {
      again.apply(offset * 3L, log.get(offset));
      // Read again after a crash: decided as before, changes nothing.
      again.apply(offset * 3L, log.get(offset));
    }

    assertThat(again.models()).isEqualTo(view.models());
    for (ModelState model : view.models()) {
      for (int i = 0; i < model.versions().size(); i++) {
        Manifest manifest = model.versions().get(i).manifest();
        assertThat(manifest.version()).isEqualTo(i + 1);
        assertThat(manifest.previousDigest())
            .isEqualTo(i == 0 ? "" : model.versions().get(i - 1).digest());
      }
      model.aliases().values().forEach(v -> assertThat(model.retired()).doesNotContain(v));
      Integer at = null;
      for (var move : model.history("main")) {
        assertThat(move.previous()).isEqualTo(at);
        at = move.version();
      }
      assertThat(model.aliases().get("main")).isEqualTo(at);
    }
  }

  private void command(Random random) {
    String model = "m" + random.nextInt(2);
    int size = view.model(model).map(state -> state.versions().size()).orElse(0);
    ModelEvent event =
        switch (random.nextInt(6)) {
          case 0, 1 -> publish(model, size + 1 - (random.nextInt(4) == 0 ? 1 : 0));
          case 2, 3 ->
              move(
                  model,
                  1 + random.nextInt(size + 1),
                  random.nextBoolean() ? random.nextInt(size + 1) : null);
          case 4 -> event(ModelEventKind.RETIRE, model).setVersion(1 + random.nextInt(9)).build();
          default -> log.isEmpty() ? publish(model, 1) : log.get(random.nextInt(log.size()));
        };
    apply(event);
  }

  private Decision apply(ModelEvent event) {
    log.add(event);
    return view.apply(log.size() - 1L, event);
  }

  private ModelEvent publish(String model, int version) {
    String previous = view.model(model).map(ModelState::headDigest).orElse("");
    var manifest =
        new Manifest(
            model,
            Math.max(version, 1),
            null,
            0,
            0,
            TIME,
            List.of(new FileEntry("model.safetensors", "a".repeat(64), 1)),
            Map.of(),
            "",
            List.of(),
            previous,
            Map.of(),
            Manifest.FORMAT);
    return event(ModelEventKind.PUBLISH, model)
        .setManifest(SignedManifest.sign(manifest, keys.getPrivate(), keys.getPublic()).json())
        .build();
  }

  private ModelEvent move(String model, int version, Integer expected) {
    return event(ModelEventKind.MOVE_ALIAS, model)
        .setVersion(version)
        .setAlias("main")
        .setExpectedVersion(expected)
        .build();
  }

  private ModelEvent.Builder event(ModelEventKind kind, String model) {
    return ModelEvent.newBuilder()
        .setCommandId("command-" + log.size())
        .setKind(kind)
        .setModel(model)
        .setActor("test")
        .setReason("")
        .setTime(TIME);
  }

  @Test
  void aliasesMoveOnlyFromWhereTheyAreExpected() {
    apply(publish("m", 1));
    apply(publish("m", 2));

    assertThat(apply(move("m", 1, 1)).verdict()).isEqualTo(Verdict.CONFLICT);
    assertThat(apply(move("m", 1, 0)).isAccepted()).isTrue();
    assertThat(apply(move("m", 2, 0)).verdict()).isEqualTo(Verdict.CONFLICT);
    assertThat(apply(move("m", 2, 1)).isAccepted()).isTrue();
    assertThat(apply(move("m", 3, 2)).verdict()).isEqualTo(Verdict.ABSENT);
    assertThat(view.model("m").orElseThrow().resolve("main")).contains(2);
  }

  @Test
  void latestPassesOverRetiredVersionsAndAliasedOnesCannotRetire() {
    apply(publish("m", 1));
    apply(publish("m", 2));
    apply(move("m", 1, null));

    ModelEvent retireOne = event(ModelEventKind.RETIRE, "m").setVersion(1).build();
    assertThat(apply(retireOne).verdict()).isEqualTo(Verdict.CONFLICT);
    ModelEvent retireTwo = event(ModelEventKind.RETIRE, "m").setVersion(2).build();
    assertThat(apply(retireTwo).isAccepted()).isTrue();
    assertThat(view.model("m").orElseThrow().resolve("latest")).contains(1);
    assertThat(apply(publish("m", 3)).version()).isEqualTo(3);
  }

  @Test
  void aForgedOrAlteredManifestIsNoVersion() {
    ModelEvent honest = publish("m", 1);
    SignedManifest signed = SignedManifest.parse(honest.getManifest());
    var altered =
        new SignedManifest(
            signed.signed().replace("\"round\":0", "\"round\":9"),
            signed.signature(),
            signed.publicKey());
    assertThat(altered.signed()).isNotEqualTo(signed.signed());
    honest.setManifest(altered.json());

    assertThat(apply(honest).verdict()).isEqualTo(Verdict.INVALID);
    honest.setManifest("{}");
    assertThat(apply(honest).verdict()).isEqualTo(Verdict.INVALID);
    assertThat(view.models()).isEmpty();
  }

  @Test
  void aRepeatedCommandHasTheFirstOutcome() {
    ModelEvent publish = publish("m", 1);
    assertThat(apply(publish).version()).isEqualTo(1);
    apply(publish("m", 2));

    Decision repeated = apply(publish);

    assertThat(repeated.version()).isEqualTo(1);
    assertThat(repeated.changed()).isFalse();
    assertThat(view.model("m").orElseThrow().versions()).hasSize(2);
  }
}
