package org.everclip.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.everclip.cli.RawPositions.Position;
import org.everclip.contracts.Clients;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.config.EverclipConfig;
import org.jspecify.annotations.Nullable;

/**
 * Compares sets, not counts: every raw position must have exactly one outcome (accepted, deleted,
 * rejected), every accepted revision must be reinforced or quarantined, nothing twice. What its
 * reader has not yet taken, or took less than the settling time ago, is pending, not missing. Reads
 * everything committed; keeps a bit a raw position and a small key a pair.
 */
final class Reconciliation {

  /** Says where a record was driven in again from: {@code TOPIC:PARTITION:OFFSET}. */
  static final String REDRIVEN = "everclip.redriven-from";

  /** The gate's tombstones carry their raw position here. */
  private static final String TOMBSTONE_POSITION = "everclip.raw-position";

  /** A pair's revision: 128 bits of pairId. */
  private record Revision(long high, long low, int revision) {
    static Revision of(String pairId, int revision) {
      return new Revision(
          Long.parseUnsignedLong(pairId, 0, 16, 16),
          Long.parseUnsignedLong(pairId, 16, 32, 16),
          revision);
    }

    Revision pair() {
      return new Revision(high, low, 0);
    }

    String text() {
      return String.format("%016x%016x/%d", high, low, revision);
    }
  }

  /** What must be unique in pairs.reinforced. */
  private record Reinforced(Revision revision, String version) {}

  /**
   * The outcome; empty lists and zero doubles mean that everything fits.
   *
   * @param accepted records of pairs, without tombstones
   * @param rejected by the gate or before it, duplicates among them
   * @param superseded accepted revisions that a newer one or a deletion overtook
   */
  record Report(
      long raw,
      long accepted,
      long deleted,
      long rejected,
      long duplicates,
      long reinforced,
      long quarantined,
      long superseded,
      long pendingRaw,
      long pendingAccepted,
      List<Position> missingRaw,
      List<Position> missingReinforced,
      List<String> missingReinforcedPairs,
      List<String> doubles) {

    /** True when nothing is lost and nothing is there twice; pending is neither. */
    @JsonProperty
    boolean fits() {
      return missingRaw.isEmpty() && missingReinforced.isEmpty() && doubles.isEmpty();
    }
  }

  private final EverclipConfig config;
  private final Duration settle;
  private final Map<Revision, Position> acceptedAt = new HashMap<>();
  private final Map<Revision, Integer> newest = new HashMap<>();
  private final Set<Revision> deletedPairs = new HashSet<>();
  private final Set<Revision> reinforcedRevisions = new HashSet<>();
  private final Set<Reinforced> reinforcedKeys = new HashSet<>();
  private final Map<String, String> versions = new HashMap<>();
  private final Set<Revision> quarantinedRevisions = new HashSet<>();
  private final Set<Position> youngRaw = new HashSet<>();
  private final Set<Position> youngAccepted = new HashSet<>();
  private final List<String> doubles = new ArrayList<>();
  private long accepted;
  private long deleted;
  private long rejected;
  private long duplicates;
  private long reinforced;
  private RawPositions raw = new RawPositions(Map.of());
  private RawPositions outcomes = new RawPositions(Map.of());

  /** Prepares a comparison, to be run once. */
  Reconciliation(EverclipConfig config, Duration settle) {
    this.config = config;
    this.settle = settle;
  }

  /** Compares again and again until it fits or the time is over; the last outcome counts. */
  static Report patiently(EverclipConfig config, Duration settle, Duration time)
      throws InterruptedException {
    long deadline = System.nanoTime() + time.toNanos();
    while (true) {
      Report report = new Reconciliation(config, settle).run();
      if (report.fits() || System.nanoTime() > deadline) {
        return report;
      }
      TimeUnit.SECONDS.sleep(2);
    }
  }

  /** Reads the topics in the order of the flow, so that what moves on meanwhile is not lost. */
  Report run() {
    SchemaRegistryClient registry = Clients.schemaRegistry(config);
    ConsumedOffsets consumed = ConsumedOffsets.of(config);
    long young = System.currentTimeMillis() - settle.toMillis();
    try (var reader = new TopicReader(config)) {
      reader.assign(List.of(Topics.RAW.name()));
      var beginnings = new HashMap<Integer, Long>();
      reader.beginnings().forEach((partition, at) -> beginnings.put(partition.partition(), at));
      raw = new RawPositions(beginnings);
      outcomes = new RawPositions(beginnings);
      reader.readAll(Topics.RAW.name(), record -> takeRaw(record, young));
      readAccepted(reader, registry, young);
      readRejected(reader, registry);
      readReinforced(reader, registry);
    }
    return report(consumed);
  }

  private void readReinforced(TopicReader reader, SchemaRegistryClient registry) {
    Schema pair = Projection.only(AcceptedPair.getClassSchema(), Set.of("pairId", "revision"));
    Schema full = ReinforcedPair.getClassSchema();
    Schema wanted =
        Schema.createRecord(
            full.getName(),
            full.getDoc(),
            full.getNamespace(),
            false,
            List.of(
                new Schema.Field("pair", pair),
                new Schema.Field(
                    "reinforcementVersion", full.getField("reinforcementVersion").schema())));
    var projection = new Projection(wanted, registry);
    reader.readAll(
        Topics.REINFORCED.name(),
        record -> {
          if (record.value() == null) {
            return;
          }
          GenericRecord value = projection.read(record.value());
          Revision revision = revision((GenericRecord) value.get("pair"));
          reinforced++;
          reinforcedRevisions.add(revision);
          newest.merge(revision.pair(), revision.revision(), Math::max);
          String version =
              versions.computeIfAbsent(value.get("reinforcementVersion").toString(), v -> v);
          if (!reinforcedKeys.add(new Reinforced(revision, version))) {
            doubles.add("reinforced " + revision.text());
          }
        });
  }

  private void readRejected(TopicReader reader, SchemaRegistryClient registry) {
    var projection =
        new Projection(
            Projection.only(
                RejectedPair.getClassSchema(),
                Set.of("reason", "stage", "pairId", "revision", "rawPosition")),
            registry);
    reader.readAll(
        Topics.REJECTED.name(),
        record -> {
          if (record.value() == null) {
            return;
          }
          GenericRecord value = projection.read(record.value());
          switch (value.get("stage").toString()) {
            case "FETCH", "GATE" -> {
              rejected++;
              if (value.get("reason").toString().startsWith("DUPLICATE")) {
                duplicates++;
              }
              outcome((GenericRecord) value.get("rawPosition"), "rejected");
            }
            case "REINFORCE" -> {
              if (value.get("pairId") != null && value.get("revision") != null) {
                quarantinedRevisions.add(revision(value));
              }
            }
            default -> {}
          }
        });
  }

  private void readAccepted(TopicReader reader, SchemaRegistryClient registry, long young) {
    var projection =
        new Projection(
            Projection.only(
                AcceptedPair.getClassSchema(), Set.of("pairId", "revision", "rawPosition")),
            registry);
    reader.readAll(
        Topics.ACCEPTED.name(),
        record -> {
          boolean again = record.headers().lastHeader(REDRIVEN) != null;
          if (record.value() == null) {
            takeTombstone(record, again);
            return;
          }
          GenericRecord value = projection.read(record.value());
          Revision revision = revision(value);
          var position = new Position(record.partition(), record.offset());
          if (acceptedAt.put(revision, position) != null && !again) {
            doubles.add("accepted " + revision.text());
          }
          if (record.timestamp() > young) {
            youngAccepted.add(position);
          }
          if (!again) {
            accepted++;
            outcome((GenericRecord) value.get("rawPosition"), "accepted");
          }
        });
  }

  private void takeTombstone(ConsumerRecord<byte[], byte[]> record, boolean again) {
    if (record.key() != null && record.key().length == 32) {
      deletedPairs.add(Revision.of(new String(record.key(), UTF_8), 0));
    }
    Position position = position(record.headers().lastHeader(TOMBSTONE_POSITION));
    if (!again && position != null) {
      deleted++;
      outcome(position, "deleted");
    }
  }

  private void takeRaw(ConsumerRecord<byte[], byte[]> record, long young) {
    raw.add(record.partition(), record.offset());
    if (record.timestamp() > young) {
      youngRaw.add(new Position(record.partition(), record.offset()));
    }
    Position before = position(record.headers().lastHeader(REDRIVEN));
    if (before != null) {
      outcomes.add(before.partition(), before.offset());
    }
  }

  private void outcome(GenericRecord position, String what) {
    if (position.get("topic").toString().equals(Topics.RAW.name())) {
      outcome(
          new Position((Integer) position.get("partition"), (Long) position.get("offset")), what);
    }
  }

  private void outcome(Position position, String what) {
    if (!outcomes.add(position.partition(), position.offset())) {
      doubles.add(what + " " + Topics.RAW.name() + text(position));
    }
  }

  private Report report(ConsumedOffsets consumed) {
    var missingRaw = new ArrayList<Position>();
    long pendingRaw = 0;
    for (Position position : raw.minus(outcomes)) {
      if (youngRaw.contains(position) || consumed.isBefore(Topics.RAW.name(), position)) {
        pendingRaw++;
      } else {
        missingRaw.add(position);
      }
    }
    var missing = new ArrayList<Position>();
    var missingPairs = new ArrayList<String>();
    long superseded = 0;
    long pendingAccepted = 0;
    for (Map.Entry<Revision, Position> entry : acceptedAt.entrySet()) {
      Revision revision = entry.getKey();
      Position position = entry.getValue();
      if (reinforcedRevisions.contains(revision) || quarantinedRevisions.contains(revision)) {
        continue;
      }
      if (newest.getOrDefault(revision.pair(), 0) > revision.revision()
          || deletedPairs.contains(revision.pair())) {
        superseded++;
      } else if (youngAccepted.contains(position)
          || consumed.isBefore(Topics.ACCEPTED.name(), position)) {
        pendingAccepted++;
      } else {
        missing.add(position);
        missingPairs.add(revision.text());
      }
    }
    return new Report(
        raw.size(),
        accepted,
        deleted,
        rejected,
        duplicates,
        reinforced,
        quarantinedRevisions.size(),
        superseded,
        pendingRaw,
        pendingAccepted,
        missingRaw,
        missing,
        missingPairs,
        doubles);
  }

  private static Revision revision(GenericRecord record) {
    return Revision.of(record.get("pairId").toString(), (Integer) record.get("revision"));
  }

  private static @Nullable Position position(@Nullable Header header) {
    if (header == null || header.value() == null) {
      return null;
    }
    String[] parts = new String(header.value(), UTF_8).split(":", -1);
    try {
      return parts.length == 3
          ? new Position(Integer.parseInt(parts[1]), Long.parseLong(parts[2]))
          : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** The position as {@code [partition]@offset}. */
  static String text(Position position) {
    return "[" + position.partition() + "]@" + position.offset();
  }

  /** A topic's partition. */
  static TopicPartition partition(String topic, Position position) {
    return new TopicPartition(topic, position.partition());
  }
}
