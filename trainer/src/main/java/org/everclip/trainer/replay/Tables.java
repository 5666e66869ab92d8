package org.everclip.trainer.replay;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatchWithIndex;
import org.rocksdb.WriteOptions;

/**
 * The replay store's RocksDB tables with small caches; owns all native memory until {@link #close}.
 * Reads are safe for all threads.
 */
final class Tables implements AutoCloseable {

  private static final int CACHE_BYTES = 8 << 20;
  private static final int WRITE_BUFFER_BYTES = 4 << 20;
  private static final int BLOB_BYTES = 2048;

  private final List<AutoCloseable> owned = new ArrayList<>();
  private final RocksDB db;
  private final ReadOptions readOptions;
  private final WriteOptions writeOptions;

  /** pairId to the reinforced pair. */
  final ColumnFamilyHandle pairs;

  /** pairId to its {@link Head}. */
  final ColumnFamilyHandle heads;

  /** Partition and offset to the pairId of a pair that no round has taken yet. */
  final ColumnFamilyHandle pending;

  /** Reinforcement version, period and rank to the pairId of a past pair. */
  final ColumnFamilyHandle past;

  /** Consumer offsets, schemas, counters. */
  final ColumnFamilyHandle meta;

  Tables(Path folder) {
    RocksDB.loadLibrary();
    readOptions = new ReadOptions();
    writeOptions = new WriteOptions().setSync(true);
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var cache = new LRUCache(CACHE_BYTES);
    var options =
        new ColumnFamilyOptions()
            .setWriteBufferSize(WRITE_BUFFER_BYTES)
            .setMaxWriteBufferNumber(2)
            .setTableFormatConfig(new BlockBasedTableConfig().setBlockCache(cache))
            .setEnableBlobFiles(true)
            .setMinBlobSize(BLOB_BYTES)
            .setEnableBlobGarbageCollection(true);
    var database =
        new DBOptions()
            .setCreateIfMissing(true)
            .setCreateMissingColumnFamilies(true)
            .setMaxOpenFiles(256)
            .setKeepLogFileNum(2)
            .setMaxTotalWalSize(32L << 20);
    var descriptors =
        List.of("default", "heads", "pending", "past", "meta").stream()
            .map(name -> new ColumnFamilyDescriptor(name.getBytes(UTF_8), options))
            .toList();
    var handles = new ArrayList<ColumnFamilyHandle>();
    owned.addAll(List.of(cache, options, database, readOptions, writeOptions));
    try {
      db = RocksDB.open(database, folder.toString(), descriptors, handles);
    } catch (RocksDBException e) {
      close();
      throw new IllegalStateException(
          "cannot open the replay store in "
              + folder
              + ": "
              + e.getMessage()
              + " (is another trainer running there?)",
          e);
    }
    owned.add(0, db);
    owned.addAll(0, handles);
    pairs = handles.get(0);
    heads = handles.get(1);
    pending = handles.get(2);
    past = handles.get(3);
    meta = handles.get(4);
  }

  byte @Nullable [] get(ColumnFamilyHandle table, byte[] key) {
    try {
      return db.get(table, readOptions, key);
    } catch (RocksDBException e) {
      throw failed(e);
    }
  }

  /** What the key will hold once the batch is written. */
  byte @Nullable [] get(WriteBatchWithIndex batch, ColumnFamilyHandle table, byte[] key) {
    try {
      return batch.getFromBatchAndDB(db, table, readOptions, key);
    } catch (RocksDBException e) {
      throw failed(e);
    }
  }

  /** Writes all of it or nothing, and returns when it is on disk. */
  void write(WriteBatchWithIndex batch) {
    try {
      db.write(writeOptions, batch);
    } catch (RocksDBException e) {
      throw failed(e);
    }
  }

  /** Visits the entries whose key begins so, in the order of keys. */
  void scan(ColumnFamilyHandle table, byte[] prefix, BiConsumer<byte[], byte[]> visitor) {
    try (RocksIterator iterator = db.newIterator(table, readOptions)) {
      for (iterator.seek(prefix); iterator.isValid(); iterator.next()) {
        byte[] key = iterator.key();
        if (!startsWith(key, prefix)) {
          break;
        }
        visitor.accept(key, iterator.value());
      }
      iterator.status();
    } catch (RocksDBException e) {
      throw failed(e);
    }
  }

  @Override
  public void close() {
    for (AutoCloseable one : owned) {
      try {
        one.close();
      } catch (Exception e) {
        throw new IllegalStateException("the replay store could not be closed", e);
      }
    }
    owned.clear();
  }

  static IllegalStateException failed(RocksDBException e) {
    return new IllegalStateException("the replay store failed: " + e.getMessage(), e);
  }

  static byte[] text(String text) {
    return text.getBytes(UTF_8);
  }

  static String text(byte[] bytes) {
    return new String(bytes, UTF_8);
  }

  static byte[] position(int partition, long offset) {
    return ByteBuffer.allocate(12).putInt(partition).putLong(offset).array();
  }

  private static boolean startsWith(byte[] key, byte[] prefix) {
    return key.length >= prefix.length
        && java.util.Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
  }
}
