package org.everclip.ingest.gate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.test.TestRecord;
import org.everclip.contracts.PairId;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.avro.Split;
import org.everclip.formats.image.ImageEncoder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IngestTopologyTest {

  private static final String ALL_TRAIN = "gate.holdoutShare=0";

  @TempDir Path home;

  @Test
  void acceptsAGoodPairWithItsIdentityTimesAndPosition() {
    byte[] image = Pictures.drawing(1);
    try (var gate = new GateDriver(home, ALL_TRAIN)) {
      ImageTextPair pair =
          GateDriver.pair("a", "  Rectangles &amp; colours\n", image)
              .setEventTime(Instant.parse("2019-03-04T00:00:00Z"))
              .setAttributes(Map.of("license", "CC0-1.0"))
              .build();

      gate.offer(pair);

      assertThat(gate.accepted())
          .singleElement()
          .satisfies(
              accepted -> {
                assertThat(accepted.getPairId()).isEqualTo(PairId.of("test", "a"));
                assertThat(accepted.getRevision()).isEqualTo(1);
                assertThat(accepted.getCaption()).isEqualTo("Rectangles & colours");
                assertThat(accepted.getImage().array()).isEqualTo(image);
                assertThat(accepted.getWidth()).isEqualTo(64);
                assertThat(accepted.getFirstSeenTime()).isEqualTo(GateDriver.ARRIVAL);
                assertThat(accepted.getPeriodId()).isEqualTo("2019");
                assertThat(accepted.getSplit()).isEqualTo(Split.TRAIN);
                assertThat(accepted.getAttributes()).containsEntry("license", "CC0-1.0");
                assertThat(accepted.getRawPosition())
                    .isEqualTo(new RawPosition("pairs.raw", 0, 0L));
              });
      assertThat(gate.rejected()).isEmpty();
      assertThat(gate.count("everclip.gate.pairs", "outcome", "accepted")).isEqualTo(1);
    }
  }

  @Test
  void garbageIsFiledUnderItsPositionWithItsHead() {
    byte[] garbage = "\u0007 not a record at all".getBytes(UTF_8);
    try (var gate = new GateDriver(home)) {
      gate.offer(Pictures.drawing(1));
      gate.offer(garbage);
      gate.offer(new byte[0]);

      assertThat(gate.rejected())
          .extracting(RejectedPair::getReason)
          .containsOnly(RejectionReason.UNDECODABLE_RECORD)
          .hasSize(3);
    }
    try (var gate = new GateDriver(home)) {
      gate.offer(garbage);

      assertThat(gate.rejectedKeys()).containsExactly("pairs.raw-0-0");
    }
  }

  @Test
  void takesJsonAsWell() {
    String json =
        """
        {"externalId": "j", "source": "test", "caption": "From JSON", "image": "%s"}"""
            .formatted(Base64.getEncoder().encodeToString(Pictures.drawing(2)));
    try (var gate = new GateDriver(home)) {
      gate.offer(json.getBytes(UTF_8));

      assertThat(gate.accepted()).extracting(AcceptedPair::getCaption).containsExactly("From JSON");
    }
  }

  @Test
  void theSameAgainIsADuplicateAndOtherContentTheNextRevision() {
    try (var gate = new GateDriver(home, ALL_TRAIN)) {
      gate.offer(GateDriver.pair("a", "First", Pictures.drawing(1)).build());
      gate.offer(GateDriver.pair("a", "First", Pictures.drawing(1)).build());
      gate.offer(GateDriver.pair("a", "Second", Pictures.drawing(1)).build());
      gate.offer(GateDriver.pair("a", "Second", Pictures.drawing(2)).build());

      assertThat(gate.accepted()).extracting(AcceptedPair::getRevision).containsExactly(1, 2, 3);
      assertThat(gate.rejected())
          .singleElement()
          .satisfies(
              rejected -> {
                assertThat(rejected.getReason()).isEqualTo(RejectionReason.DUPLICATE_EXACT);
                assertThat(rejected.getDuplicateOf()).isEqualTo(PairId.of("test", "a"));
                assertThat(rejected.getRawPosition().getOffset()).isEqualTo(1);
              });
    }
  }

  @Test
  void aDeletionTravelsAsATombstoneWithItsRawPosition() {
    try (var gate = new GateDriver(home, ALL_TRAIN)) {
      gate.offer(GateDriver.pair("a", "First", Pictures.drawing(1)).build());
      gate.offer(GateDriver.deletion("a"));

      List<TestRecord<String, byte[]>> records = gate.acceptedRecords();
      assertThat(records).hasSize(2);
      assertThat(records.get(1).key()).isEqualTo(PairId.of("test", "a"));
      assertThat(records.get(1).value()).isNull();
      assertThat(Positions.of(records.get(1).headers()))
          .isEqualTo(new RawPosition("pairs.raw", 0, 1L));
    }
  }

  @Test
  void aDeletedPairMayComeBackAndItsPictureIsFree() {
    try (var gate = new GateDriver(home, ALL_TRAIN)) {
      gate.offer(GateDriver.pair("a", "First", Pictures.drawing(1)).build());
      gate.offer(GateDriver.deletion("a"));
      gate.acceptedRecords();

      gate.offer(GateDriver.pair("b", "First", Pictures.drawing(1)).build());
      gate.offer(GateDriver.deletion("b"));
      gate.offer(GateDriver.pair("a", "First", Pictures.drawing(1)).build());

      List<TestRecord<String, byte[]>> records = gate.acceptedRecords();
      assertThat(records)
          .extracting(TestRecord::key)
          .containsExactly(PairId.of("test", "b"), PairId.of("test", "b"), PairId.of("test", "a"));
      assertThat(gate.rejected()).isEmpty();
    }
  }

  @Test
  void aRevisionNumberIsNeverGivenTwice() {
    try (var gate = new GateDriver(home, ALL_TRAIN)) {
      gate.offer(GateDriver.pair("a", "First", Pictures.drawing(1)).build());
      gate.offer(GateDriver.deletion("a"));
      gate.acceptedRecords();

      gate.offer(GateDriver.pair("a", "First", Pictures.drawing(1)).build());

      assertThat(gate.accepted()).extracting(AcceptedPair::getRevision).containsExactly(2);
    }
  }

  @Test
  void aDeletionOfAnUnknownIdIsRefused() {
    try (var gate = new GateDriver(home)) {
      gate.offer(GateDriver.deletion("nobody"));

      assertThat(gate.acceptedRecords()).isEmpty();
      assertThat(gate.rejected())
          .singleElement()
          .satisfies(
              rejected -> {
                assertThat(rejected.getReason()).isEqualTo(RejectionReason.METADATA_INVALID);
                assertThat(rejected.getDetail()).contains("DELETE").contains("not known");
              });
    }
  }

  @Test
  void theSameContentUnderAnotherIdIsADuplicateOfTheFirst() {
    try (var gate = new GateDriver(home)) {
      gate.offer(GateDriver.pair("a", "Same", Pictures.drawing(1)).build());
      gate.offer(GateDriver.pair("b", "Same", Pictures.drawing(1)).build());

      assertThat(gate.accepted()).hasSize(1);
      assertThat(gate.rejected())
          .singleElement()
          .satisfies(
              rejected -> {
                assertThat(rejected.getReason()).isEqualTo(RejectionReason.DUPLICATE_EXACT);
                assertThat(rejected.getDuplicateOf()).isEqualTo(PairId.of("test", "a"));
                assertThat(rejected.getPairId()).isEqualTo(PairId.of("test", "b"));
              });
    }
  }

  @Test
  void aReencodedPictureWithTheSameCaptionIsANearDuplicate() {
    byte[] jpeg = ImageEncoder.jpeg(Pictures.pixels(1), 0.9f);
    try (var gate = new GateDriver(home, ALL_TRAIN)) {
      gate.offer(GateDriver.pair("a", "Same", Pictures.drawing(1)).build());
      gate.offer(GateDriver.pair("b", "Same", jpeg).build());

      assertThat(gate.rejected())
          .extracting(RejectedPair::getReason)
          .containsExactly(RejectionReason.DUPLICATE_NEAR);
      assertThat(gate.count("everclip.gate.rejected", "reason", "DUPLICATE_NEAR")).isEqualTo(1);
    }
  }

  @Test
  void policyDecidesAboutTheSamePictureWithAnotherCaption() {
    try (var gate = new GateDriver(home.resolve("accept"))) {
      gate.offer(GateDriver.pair("a", "One", Pictures.drawing(1)).build());
      gate.offer(GateDriver.pair("b", "Other", Pictures.drawing(1)).build());

      assertThat(gate.accepted()).hasSize(2);
    }
    try (var gate = new GateDriver(home.resolve("reject"), "gate.sameImageOtherCaption=reject")) {
      gate.offer(GateDriver.pair("a", "One", Pictures.drawing(1)).build());
      gate.offer(GateDriver.pair("b", "Other", Pictures.drawing(1)).build());

      assertThat(gate.accepted()).hasSize(1);
      assertThat(gate.rejected())
          .extracting(RejectedPair::getReason)
          .containsExactly(RejectionReason.DUPLICATE_NEAR);
    }
  }

  @Test
  void noPictureIsOnBothSidesOfTheSplit() {
    byte[] jpeg = ImageEncoder.jpeg(Pictures.pixels(1), 0.9f);
    byte[] other = ImageEncoder.jpeg(Pictures.pixels(2), 0.9f);
    try (var gate = new GateDriver(home, ALL_TRAIN)) {
      gate.offer(GateDriver.pair("held", "One", Pictures.drawing(1)).setHoldout(true).build());
      gate.offer(GateDriver.pair("train", "Other", jpeg).build());
      gate.offer(GateDriver.pair("trained", "One", Pictures.drawing(2)).build());
      gate.offer(GateDriver.pair("late", "Other", other).setHoldout(true).build());

      assertThat(gate.accepted())
          .extracting(AcceptedPair::getSplit)
          .containsExactly(Split.HOLDOUT, Split.TRAIN);
      assertThat(gate.rejected())
          .extracting(RejectedPair::getReason)
          .containsExactly(RejectionReason.NEAR_HOLDOUT, RejectionReason.NEAR_HOLDOUT);
    }
  }

  @Test
  void theOldestIsForgottenWhenTheMemoryIsFull() {
    try (var gate = new GateDriver(home, "gate.deduplicationCapacity=2", ALL_TRAIN)) {
      for (int i = 1; i <= 3; i++) {
        gate.offer(GateDriver.pair("p" + i, "Same", Pictures.drawing(i)).build());
      }
      gate.offer(GateDriver.pair("new", "Same", Pictures.drawing(3)).build());
      gate.offer(GateDriver.pair("old", "Same", Pictures.drawing(1)).build());

      assertThat(gate.accepted())
          .extracting(AcceptedPair::getExternalId)
          .containsExactly("p1", "p2", "p3", "old");
      assertThat(gate.rejected())
          .extracting(RejectedPair::getPairId)
          .containsExactly(PairId.of("test", "new"));
    }
  }

  @Test
  void anAddressWithoutAPictureIsRefusedWithAdvice() {
    try (var gate = new GateDriver(home)) {
      gate.offer(
          ImageTextPair.newBuilder()
              .setUrl("http://example.invalid/a.jpg")
              .setCaption("A")
              .build());
      gate.offer(ImageTextPair.newBuilder().setCaption("Nothing else").build());

      assertThat(gate.rejected())
          .extracting(RejectedPair::getReason)
          .containsExactly(RejectionReason.URL_NOT_FETCHED, RejectionReason.NO_IMAGE);
    }
  }

  @Test
  void anEventTimeThatCannotBeGivesWayToTheArrival() {
    try (var gate = new GateDriver(home)) {
      gate.offer(
          GateDriver.pair("f", "Future", Pictures.drawing(1))
              .setEventTime(Instant.parse("2999-01-01T00:00:00Z"))
              .build());

      assertThat(gate.accepted())
          .singleElement()
          .satisfies(
              accepted -> {
                assertThat(accepted.getPeriodId()).isEqualTo("2026");
                assertThat(accepted.getEventTime()).isNull();
                assertThat(accepted.getAttributes())
                    .containsEntry(Inspector.IMPLAUSIBLE_EVENT_TIME, "2999-01-01T00:00:00Z");
              });
    }
  }

  @Test
  void metadataThatWouldOverflowTheNextHopAreRefused() {
    String huge = "x".repeat(100_000);
    try (var gate = new GateDriver(home)) {
      gate.offer(
          GateDriver.pair("m", "Fine", Pictures.drawing(1))
              .setAttributes(Map.of("note", huge))
              .build());
      gate.offer(GateDriver.pair(huge, "Fine", Pictures.drawing(1)).build());
      gate.offer(GateDriver.pair("s", "Fine", Pictures.drawing(1)).setSource(huge).build());

      assertThat(gate.rejected())
          .extracting(RejectedPair::getReason)
          .hasSize(3)
          .containsOnly(RejectionReason.METADATA_INVALID);
    }
  }

  @Test
  void aRecordBeyondTheLimitOfTheRawTopicIsRefused() {
    byte[] large = new byte[(4 << 20) + 1];
    large[0] = '{';
    try (var gate = new GateDriver(home)) {
      gate.offer(large);

      assertThat(gate.rejected())
          .singleElement()
          .satisfies(
              rejected -> {
                assertThat(rejected.getReason()).isEqualTo(RejectionReason.RECORD_TOO_LARGE);
                assertThat(rejected.getSizeBytes()).isEqualTo(large.length);
                assertThat(rejected.getHead().remaining()).isEqualTo(1024);
              });
    }
  }
}
