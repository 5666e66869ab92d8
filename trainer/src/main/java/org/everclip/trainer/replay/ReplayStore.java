package org.everclip.trainer.replay;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.Split;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatchWithIndex;

/**
 * The trainable pairs of the stream, on disk. A pair is <em>pending</em> until a round has taken it
 * as new, then <em>past</em>. Past pairs are kept in one reservoir per reinforcement version and
 * period: the {@code capacity} pairs with the lowest rank of (seed, pairId), a uniform sample that
 * does not depend on the order of arrival. Pairs and consumer offsets are written in one batch, so
 * each record of the stream is taken exactly once. Holdout pairs never enter.
 *
 * <p>Safe for all threads; writers take turns.
 */
public final class ReplayStore implements AutoCloseable {

  private static final String OFFSET = "offset/";
  private static final String SCHEMA = "schema/";
  private static final String HOLDOUT = "count/holdout";
  private static final String DELETED = "time/deleted";
  private static final String LICENCE = "licence/";
  private static final String UNKNOWN_LICENCE = "unknown";

  private final Tables tables;
  private final PairBytes pairBytes;
  private final long seed;
  private final int capacity;

  /** How many pending pairs each reinforcement version and period has; guarded by this. */
  private final Map<String, Integer> pendingCounts = new TreeMap<>();

  private long pastCount;

  /** In memory, because whoever watches may ask when the store is closed already. */
  private volatile long holdoutSeen;

  private ReplayStore(Tables tables, PairBytes pairBytes, long seed, int capacity) {
    this.tables = tables;
    this.pairBytes = pairBytes;
    this.seed = seed;
    this.capacity = capacity;
  }

  /**
   * Opens or creates the store.
   *
   * @param capacity past pairs kept per reinforcement version and period
   */
  public static ReplayStore open(Path folder, long seed, int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException(
          "trainer.reservoirCapacity must be positive, but is " + capacity);
    }
    var tables = new Tables(folder);
    var store = new ReplayStore(tables, new PairBytes(writers(tables)), seed, capacity);
    tables.scan(
        tables.pending,
        new byte[0],
        (position, id) -> store.countPending(store.head(Tables.text(id)), 1));
    tables.scan(tables.past, new byte[0], (key, id) -> store.pastCount++);
    byte[] holdout = tables.get(tables.meta, Tables.text(HOLDOUT));
    store.holdoutSeen = holdout == null ? 0 : ByteBuffer.wrap(holdout).getLong();
    return store;
  }

  private static Map<Long, Schema> writers(Tables tables) {
    Schema current = ReinforcedPair.getClassSchema();
    var writers = new HashMap<Long, Schema>();
    tables.scan(
        tables.meta,
        Tables.text(SCHEMA),
        (key, text) -> {
          Schema schema = new Schema.Parser().parse(Tables.text(text));
          writers.put(SchemaNormalization.parsingFingerprint64(schema), schema);
        });
    long fingerprint = SchemaNormalization.parsingFingerprint64(current);
    if (writers.put(fingerprint, current) == null) {
      try (var batch = new WriteBatchWithIndex(true)) {
        batch.put(tables.meta, Tables.text(SCHEMA + fingerprint), Tables.text(current.toString()));
        tables.write(batch);
      } catch (RocksDBException e) {
        throw Tables.failed(e);
      }
    }
    return Map.copyOf(writers);
  }

  /** Where reading goes on: the next offset of each partition that was ever read. */
  public SortedMap<Integer, Long> offsets() {
    var offsets = new TreeMap<Integer, Long>();
    tables.scan(
        tables.meta,
        Tables.text(OFFSET),
        (key, value) ->
            offsets.put(
                Integer.valueOf(Tables.text(key).substring(OFFSET.length())),
                ByteBuffer.wrap(value).getLong()));
    return offsets;
  }

  /**
   * Takes records in, together with the offsets at which reading goes on afterwards. Of several
   * revisions the newest stays; the same revision and reinforcement version again changes nothing.
   */
  public synchronized Arrivals take(List<Arrival> arrivals, Map<Integer, Long> nextOffsets) {
    var results = new ArrayList<Arrivals>();
    change(
        batch -> {
          for (Arrival arrival : arrivals) {
            results.add(take(batch, arrival));
          }
          int holdout = results.stream().mapToInt(Arrivals::holdout).sum();
          if (holdout > 0) {
            batch.put(tables.meta, Tables.text(HOLDOUT), bytes(holdoutSeen + holdout));
          }
          for (var offset : nextOffsets.entrySet()) {
            batch.put(tables.meta, Tables.text(OFFSET + offset.getKey()), bytes(offset.getValue()));
          }
        });
    Arrivals all = results.stream().reduce(new Arrivals(0, 0, 0, 0), Arrivals::plus);
    holdoutSeen += all.holdout();
    return all;
  }

  private Arrivals take(WriteBatchWithIndex batch, Arrival arrival) throws RocksDBException {
    String id = arrival.pairId();
    Head known = head(batch, id);
    ReinforcedPair pair = arrival.pair();
    if (pair == null) {
      if (known == null) {
        return new Arrivals(0, 0, 0, 1);
      }
      remove(batch, id, known);
      batch.put(tables.meta, Tables.text(DELETED), bytes(System.currentTimeMillis()));
      return new Arrivals(0, 0, 1, 0);
    }
    int revision = pair.getPair().getRevision();
    if (known != null
        && (revision < known.revision()
            || (revision == known.revision()
                && pair.getReinforcementVersion().equals(known.reinforcementVersion())))) {
      return new Arrivals(0, 0, 0, 1);
    }
    if (known != null) {
      remove(batch, id, known);
    }
    if (pair.getPair().getSplit() != Split.TRAIN) {
      return new Arrivals(0, 1, 0, 0);
    }
    var head =
        new Head(
            revision,
            pair.getReinforcementVersion(),
            pair.getPair().getPeriodId(),
            arrival.partition(),
            arrival.offset(),
            true);
    batch.put(tables.pairs, Tables.text(id), pairBytes.encode(pair));
    batch.put(tables.heads, Tables.text(id), head.bytes());
    batch.put(
        tables.pending, Tables.position(arrival.partition(), arrival.offset()), Tables.text(id));
    batch.put(tables.meta, Tables.text(LICENCE + licence(pair)), new byte[0]);
    countPending(head, 1);
    return new Arrivals(1, 0, 0, 0);
  }

  /** How many pending pairs there are for each reinforcement version. */
  public synchronized Map<String, Integer> pendingCounts() {
    var counts = new TreeMap<String, Integer>();
    pendingCounts.forEach(
        (reservoir, count) -> counts.merge(reservoir.split("\0", 3)[0], count, Integer::sum));
    return counts;
  }

  /** How many pending pairs of a reinforcement version each period has. */
  public synchronized SortedMap<String, Integer> pendingPeriods(String reinforcementVersion) {
    var counts = new TreeMap<String, Integer>();
    pendingCounts.forEach(
        (reservoir, count) -> {
          String[] parts = reservoir.split("\0", 3);
          if (parts[0].equals(reinforcementVersion)) {
            counts.put(parts[1], count);
          }
        });
    return counts;
  }

  /** The pending pairs of a reinforcement version, and how far the stream had been read. */
  public Pending pending(String reinforcementVersion) {
    return pending(reinforcementVersion, period -> true);
  }

  /** The same for some periods. */
  public synchronized Pending pending(String reinforcementVersion, Predicate<String> periods) {
    var ids = new ArrayList<String>();
    tables.scan(
        tables.pending,
        new byte[0],
        (position, id) -> {
          Head head = head(Tables.text(id));
          if (head != null
              && head.reinforcementVersion().equals(reinforcementVersion)
              && periods.test(head.periodId())) {
            ids.add(Tables.text(id));
          }
        });
    ids.sort(null);
    return new Pending(ids, offsets());
  }

  /**
   * Pairs that no round has taken.
   *
   * @param pairIds sorted
   * @param offsets the next offset of each partition at that moment
   */
  public record Pending(List<String> pairIds, SortedMap<Integer, Long> offsets) {
    public Pending {
      pairIds = List.copyOf(pairIds);
    }
  }

  /** The ids of the past pairs of a reinforcement version by period, in the order of their rank. */
  public Map<String, List<String>> past(String reinforcementVersion) {
    var periods = new TreeMap<String, List<String>>();
    tables.scan(
        tables.past,
        Tables.text(reinforcementVersion + '\0'),
        (key, id) -> {
          String period = Tables.text(key).split("\0", 3)[1];
          periods.computeIfAbsent(period, p -> new ArrayList<>()).add(Tables.text(id));
        });
    return periods;
  }

  /** Past pairs in all reservoirs. */
  public synchronized long pastCount() {
    return pastCount;
  }

  /** Every stored pair of a reinforcement version, pending or past, in the order of their ids. */
  public void each(String reinforcementVersion, Consumer<ReinforcedPair> visitor) {
    tables.scan(
        tables.heads,
        new byte[0],
        (id, bytes) -> {
          if (Head.of(bytes).reinforcementVersion().equals(reinforcementVersion)) {
            pair(Tables.text(id)).ifPresent(visitor);
          }
        });
  }

  /**
   * The reinforcement version with the most stored pairs.
   *
   * @throws IllegalArgumentException if none is stored
   */
  public String largestVersion() {
    var counts = new TreeMap<String, Integer>();
    tables.scan(
        tables.heads,
        new byte[0],
        (id, bytes) -> counts.merge(Head.of(bytes).reinforcementVersion(), 1, Integer::sum));
    return counts.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElseThrow(() -> new IllegalArgumentException("the replay store holds no pairs"));
  }

  /** The stored pair, if it (still) is there. */
  public Optional<ReinforcedPair> pair(String pairId) {
    byte[] bytes = tables.get(tables.pairs, Tables.text(pairId));
    return bytes == null ? Optional.empty() : Optional.of(pairBytes.decode(bytes));
  }

  /** How many of these pairs each period has. */
  public Map<String, Integer> periods(List<String> pairIds) {
    var periods = new TreeMap<String, Integer>();
    for (String id : pairIds) {
      Head head = head(id);
      if (head != null) {
        periods.merge(head.periodId(), 1, Integer::sum);
      }
    }
    return periods;
  }

  /** How many holdout pairs passed by. */
  public long holdoutSeen() {
    return holdoutSeen;
  }

  /** The licences of all pairs that were ever stored, by the attribute {@code license}; sorted. */
  public List<String> licences() {
    var licences = new ArrayList<String>();
    tables.scan(
        tables.meta,
        Tables.text(LICENCE),
        (key, value) -> licences.add(Tables.text(key).substring(LICENCE.length())));
    return licences;
  }

  private static String licence(ReinforcedPair pair) {
    Map<String, String> attributes = pair.getPair().getAttributes();
    String licence = attributes.getOrDefault("license", attributes.getOrDefault("licence", ""));
    return licence.isBlank() ? UNKNOWN_LICENCE : licence.strip();
  }

  /** When a deletion was last carried out, in milliseconds since 1970; empty if never. */
  public Optional<Long> lastDeletionMillis() {
    byte[] bytes = tables.get(tables.meta, Tables.text(DELETED));
    return bytes == null ? Optional.empty() : Optional.of(ByteBuffer.wrap(bytes).getLong());
  }

  /**
   * A round has taken these pairs as new: what arrived before the given offsets becomes past, and
   * reservoirs that are too full drop their highest ranks. Doing it again changes nothing.
   */
  public synchronized void settle(List<String> pairIds, Map<Integer, Long> before) {
    var reservoirs = new TreeSet<String>();
    change(
        batch -> {
          for (String id : pairIds) {
            Head head = head(batch, id);
            if (head == null
                || head.offset() >= before.getOrDefault(head.partition(), Long.MAX_VALUE)) {
              continue;
            }
            reservoirs.add(reservoir(head));
            if (head.pending()) {
              batch.delete(tables.pending, Tables.position(head.partition(), head.offset()));
              batch.put(tables.heads, Tables.text(id), head.past().bytes());
              batch.put(tables.past, pastKey(head, id), Tables.text(id));
              countPending(head, -1);
              pastCount++;
            }
          }
        });
    reservoirs.forEach(this::trim);
  }

  private void trim(String reservoir) {
    var members = new ArrayList<String>();
    tables.scan(tables.past, Tables.text(reservoir), (key, id) -> members.add(Tables.text(id)));
    if (members.size() > capacity) {
      change(
          batch -> {
            for (String id : members.subList(capacity, members.size())) {
              Head head = head(batch, id);
              if (head != null) {
                remove(batch, id, head);
              }
            }
          });
    }
  }

  private interface Change {
    void fill(WriteBatchWithIndex batch) throws RocksDBException;
  }

  /** Writes a change as a whole; if that fails, the counts in memory are as before too. */
  private void change(Change change) {
    var counts = new TreeMap<>(pendingCounts);
    long pastBefore = pastCount;
    boolean written = false;
    try (var batch = new WriteBatchWithIndex(true)) {
      change.fill(batch);
      tables.write(batch);
      written = true;
    } catch (RocksDBException e) {
      throw Tables.failed(e);
    } finally {
      if (!written) {
        pendingCounts.clear();
        pendingCounts.putAll(counts);
        pastCount = pastBefore;
      }
    }
  }

  private void remove(WriteBatchWithIndex batch, String id, Head head) throws RocksDBException {
    batch.delete(tables.pairs, Tables.text(id));
    batch.delete(tables.heads, Tables.text(id));
    if (head.pending()) {
      batch.delete(tables.pending, Tables.position(head.partition(), head.offset()));
      countPending(head, -1);
    } else {
      batch.delete(tables.past, pastKey(head, id));
      pastCount--;
    }
  }

  private byte[] pastKey(Head head, String id) {
    return Tables.text(reservoir(head) + "%016x".formatted(Rank.of(seed, id)) + id);
  }

  private static String reservoir(Head head) {
    return head.reinforcementVersion() + '\0' + head.periodId() + '\0';
  }

  private void countPending(@Nullable Head head, int change) {
    if (head != null) {
      pendingCounts.merge(reservoir(head), change, Integer::sum);
      pendingCounts.values().removeIf(count -> count == 0);
    }
  }

  private @Nullable Head head(String id) {
    byte[] bytes = tables.get(tables.heads, Tables.text(id));
    return bytes == null ? null : Head.of(bytes);
  }

  private @Nullable Head head(WriteBatchWithIndex batch, String id) {
    byte[] bytes = tables.get(batch, tables.heads, Tables.text(id));
    return bytes == null ? null : Head.of(bytes);
  }

  private static byte[] bytes(long value) {
    return ByteBuffer.allocate(8).putLong(value).array();
  }

  @Override
  public synchronized void close() {
    tables.close();
  }
}
