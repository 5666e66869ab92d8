package org.everclip.ingest.gate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.common.serialization.BytesSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.avro.PairHash;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.formats.image.PerceptualHash;
import org.everclip.formats.image.Thumbnail;
import org.jspecify.annotations.Nullable;

/**
 * Finds pairs whose picture was seen before. A 64-bit hash is cut into four bands of 16 bits: two
 * hashes that differ in at most three bits agree in at least one band, so four lookups find all
 * such candidates and most that differ in a few more; {@link Likeness} confirms. Holds at most
 * {@code gate.deduplicationCapacity} pictures and forgets the one that arrived first.
 *
 * <p>The store of entries holds the pictures by number of arrival ({@code e}+number) and alone has
 * a changelog. All else can be made from it, and is made again when it is not there: the store of
 * lookups holds, by the first byte of the key, {@code b}+band+bits+number = hash, {@code i}+pairId
 * = number, {@code m} = counters. For one thread.
 */
final class HashIndex {

  private static final int BANDS = Likeness.BANDS;

  /** Pictures that share 16 bits with very many (flat ones) are compared with so many only. */
  private static final int MAX_SCAN = 4096;

  private static final int MAX_CONFIRMATIONS = 256;

  private static final Bytes COUNTERS = Bytes.wrap(new byte[] {'m'});
  private static final Bytes ENTRIES = Bytes.wrap(new byte[] {'e'});

  private final KeyValueStore<Bytes, byte[]> entries;
  private final KeyValueStore<Bytes, byte[]> lookups;
  private final RecordCodec<PairHash> codec;
  private final EverclipConfig.Gate settings;
  private final Likeness likeness;
  private final boolean captionMatters;
  private Counters counters;

  HashIndex(
      KeyValueStore<Bytes, byte[]> entries,
      KeyValueStore<Bytes, byte[]> lookups,
      RecordCodec<PairHash> codec,
      EverclipConfig.Gate settings) {
    this.entries = entries;
    this.lookups = lookups;
    this.codec = codec;
    this.settings = settings;
    this.likeness = new Likeness(settings);
    this.captionMatters = settings.sameImageOtherCaption().equals("accept");
    byte[] counted = lookups.get(COUNTERS);
    this.counters = counted == null ? rebuilt() : Counters.decode(counted);
  }

  /** Judges a candidate; one that is unique takes its place in the index. */
  Verdict offer(PairHash hash) {
    int partition = hash.getRawPosition().getPartition();
    long offset = hash.getRawPosition().getOffset();
    TreeMap<Long, PairHash> alike = alike(hash);
    for (PairHash other : alike.values()) {
      boolean own = other.getPairId().equals(hash.getPairId());
      boolean sameCaption = other.getCaptionSha256().equals(hash.getCaptionSha256());
      if (!own && (sameCaption || !captionMatters)) {
        boolean samePicture = other.getImageSha256().equals(hash.getImageSha256());
        Verdict.Kind kind =
            samePicture && sameCaption ? Verdict.Kind.DUPLICATE_EXACT : Verdict.Kind.DUPLICATE_NEAR;
        return new Verdict(kind, partition, offset, other.getPairId(), difference(hash, other));
      }
    }
    for (PairHash other : alike.values()) {
      if (other.getSplit() != hash.getSplit()) {
        String detail = hash.getSplit() + " picture looks like one of " + other.getSplit() + ": ";
        return new Verdict(
            Verdict.Kind.NEAR_HOLDOUT,
            partition,
            offset,
            other.getPairId(),
            detail + difference(hash, other));
      }
    }
    insert(hash);
    return new Verdict(Verdict.Kind.UNIQUE, partition, offset, "", "");
  }

  /** Frees the place of a pair, if it has one. */
  void forget(String pairId) {
    byte[] number = lookups.delete(idKey(pairId));
    if (number != null) {
      remove(ByteBuffer.wrap(number).getLong());
    }
  }

  long size() {
    return counters.size;
  }

  /** Confirmed look-alikes by arrival. */
  private TreeMap<Long, PairHash> alike(PairHash hash) {
    var alike = new TreeMap<Long, PairHash>();
    byte[] thumbnail = bytes(hash.getThumbnail());
    int confirmations = 0;
    for (int band = 0; band < BANDS; band++) {
      int scanned = 0;
      try (KeyValueIterator<Bytes, byte[]> sharing =
          lookups.prefixScan(bandPrefix(hash.getPerceptualHash(), band), new BytesSerializer())) {
        while (sharing.hasNext() && scanned++ < MAX_SCAN && confirmations < MAX_CONFIRMATIONS) {
          KeyValue<Bytes, byte[]> entry = sharing.next();
          long number = ByteBuffer.wrap(entry.key.get()).getLong(4);
          long other = ByteBuffer.wrap(entry.value).getLong();
          if (!alike.containsKey(number) && likeness.suspects(hash.getPerceptualHash(), other)) {
            confirmations++;
            PairHash candidate = entry(number);
            if (candidate != null
                && likeness.confirms(thumbnail, bytes(candidate.getThumbnail()))) {
              alike.put(number, candidate);
            }
          }
        }
      }
    }
    return alike;
  }

  private void insert(PairHash hash) {
    byte[] before = lookups.get(idKey(hash.getPairId()));
    if (before != null) {
      PairHash old = entry(ByteBuffer.wrap(before).getLong());
      if (old != null
          && old.getImageSha256().equals(hash.getImageSha256())
          && old.getCaptionSha256().equals(hash.getCaptionSha256())) {
        return;
      }
      forget(hash.getPairId());
    }
    long number = counters.next;
    entries.put(entryKey(number), Objects.requireNonNull(codec.encode(hash)));
    look(hash, number);
    save(new Counters(number + 1, counters.oldest, counters.size + 1));
    while (counters.size > settings.deduplicationCapacity()) {
      evictOldest();
    }
  }

  private void look(PairHash hash, long number) {
    lookups.put(idKey(hash.getPairId()), longBytes(number));
    byte[] bits = longBytes(hash.getPerceptualHash());
    for (int band = 0; band < BANDS; band++) {
      lookups.put(bandKey(hash.getPerceptualHash(), band, number), bits);
    }
  }

  /** Makes the lookups from the entries: after a kill, Kafka Streams has restored only those. */
  private Counters rebuilt() {
    long oldest = 0;
    long next = 0;
    long size = 0;
    try (KeyValueIterator<Bytes, byte[]> all = entries.prefixScan(ENTRIES, new BytesSerializer())) {
      while (all.hasNext()) {
        KeyValue<Bytes, byte[]> entry = all.next();
        long number = ByteBuffer.wrap(entry.key.get()).getLong(1);
        look(Objects.requireNonNull(codec.decode(entry.value)), number);
        oldest = size == 0 ? number : oldest;
        next = number + 1;
        size++;
      }
    }
    var rebuilt = new Counters(next, oldest, size);
    lookups.put(COUNTERS, rebuilt.encode());
    return rebuilt;
  }

  private void evictOldest() {
    long oldest = counters.oldest;
    while (entries.get(entryKey(oldest)) == null && oldest < counters.next) {
      oldest++;
    }
    PairHash entry = entry(oldest);
    if (entry == null) {
      throw new IllegalStateException("the hash index counts more pictures than it holds");
    }
    save(new Counters(counters.next, oldest + 1, counters.size));
    forget(entry.getPairId());
  }

  private void remove(long number) {
    PairHash entry = entry(number);
    if (entry == null) {
      return;
    }
    entries.delete(entryKey(number));
    for (int band = 0; band < BANDS; band++) {
      lookups.delete(bandKey(entry.getPerceptualHash(), band, number));
    }
    save(new Counters(counters.next, counters.oldest, counters.size - 1));
  }

  private @Nullable PairHash entry(long number) {
    return codec.decode(entries.get(entryKey(number)));
  }

  private record Counters(long next, long oldest, long size) {

    byte[] encode() {
      return ByteBuffer.allocate(3 * Long.BYTES)
          .putLong(next)
          .putLong(oldest)
          .putLong(size)
          .array();
    }

    static Counters decode(byte[] value) {
      ByteBuffer buffer = ByteBuffer.wrap(value);
      return new Counters(buffer.getLong(), buffer.getLong(), buffer.getLong());
    }
  }

  private void save(Counters counters) {
    this.counters = counters;
    lookups.put(COUNTERS, counters.encode());
  }

  private static String difference(PairHash hash, PairHash other) {
    return PerceptualHash.distance(hash.getPerceptualHash(), other.getPerceptualHash())
        + " bits of the hash and "
        + Math.round(10 * Thumbnail.rms(bytes(hash.getThumbnail()), bytes(other.getThumbnail())))
            / 10.0
        + " levels of the thumbnail differ";
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static Bytes idKey(String pairId) {
    return Bytes.wrap(("i" + pairId).getBytes(UTF_8));
  }

  private static Bytes entryKey(long number) {
    return Bytes.wrap(ByteBuffer.allocate(9).put((byte) 'e').putLong(number).array());
  }

  private static Bytes bandPrefix(long hash, int band) {
    return Bytes.wrap(
        ByteBuffer.allocate(4)
            .put((byte) 'b')
            .put((byte) band)
            .putShort((short) Likeness.quarter(hash, band))
            .array());
  }

  private static Bytes bandKey(long hash, int band, long number) {
    return Bytes.wrap(
        ByteBuffer.allocate(12).put(bandPrefix(hash, band).get()).putLong(number).array());
  }

  private static byte[] longBytes(long value) {
    return ByteBuffer.allocate(8).putLong(value).array();
  }
}
