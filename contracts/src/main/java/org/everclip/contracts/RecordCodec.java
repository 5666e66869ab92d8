package org.everclip.contracts;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/**
 * Turns one record type into Confluent's wire form and back: byte 0, four bytes of schema id, Avro
 * binary. The writer's schema comes from the registry, the reader's is the one compiled in.
 * Thread-safe; null stands for a tombstone in both directions.
 */
public final class RecordCodec<T extends SpecificRecord> {

  private static final int HEADER_BYTES = 5;

  private final SchemaRegistryClient registry;
  private final String subject;
  private final Schema schema;
  private final SpecificDatumWriter<T> writer;
  private final Map<Integer, SpecificDatumReader<T>> readers = new ConcurrentHashMap<>();
  private volatile int schemaId = -1;

  /** Of the last record: the next one of a topic is mostly about as large. */
  private volatile int expectedBytes = 512;

  private RecordCodec(SchemaRegistryClient registry, String subject, Schema schema) {
    this.registry = registry;
    this.subject = subject;
    this.schema = schema;
    this.writer = new SpecificDatumWriter<>(schema);
  }

  /** The codec of a topic's values; {@code T} must be the topic's generated class. */
  public static <T extends SpecificRecord> RecordCodec<T> of(
      Topics.Topic topic, SchemaRegistryClient registry) {
    return new RecordCodec<>(registry, topic.subject(), topic.schema());
  }

  /** Encodes a record, registering its schema on the first call. */
  public byte @Nullable [] encode(@Nullable T record) {
    if (record == null) {
      return null;
    }
    var out = new ByteArrayOutputStream(expectedBytes);
    out.writeBytes(ByteBuffer.allocate(HEADER_BYTES).put((byte) 0).putInt(id()).array());
    BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
    try {
      writer.write(record, encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    expectedBytes = out.size() + out.size() / 4;
    return out.toByteArray();
  }

  /**
   * Decodes a value.
   *
   * @throws MalformedRecordException if the bytes are not such a record
   * @throws UncheckedIOException if the schema registry cannot be asked (try again)
   */
  public @Nullable T decode(byte @Nullable [] value) {
    if (value == null) {
      return null;
    }
    if (value.length < HEADER_BYTES || value[0] != 0) {
      throw new MalformedRecordException(
          "expected Confluent's wire form (byte 0, schema id), but "
              + (value.length == 0
                  ? "the value is empty"
                  : "the first byte is " + (value[0] & 0xff)));
    }
    SpecificDatumReader<T> reader = reader(ByteBuffer.wrap(value, 1, 4).getInt());
    var decoder = new BoundedDecoder(value, HEADER_BYTES, value.length - HEADER_BYTES);
    try {
      T record = reader.read(null, decoder);
      if (!decoder.isEnd()) {
        throw new MalformedRecordException("bytes are left over after the Avro record");
      }
      return record;
    } catch (IOException
        | AvroRuntimeException
        | ClassCastException
        | IndexOutOfBoundsException
        | UnsupportedOperationException e) {
      throw new MalformedRecordException("not an Avro record of " + schema.getName() + ": " + e, e);
    }
  }

  /** The codec as a Kafka serializer. */
  public Serializer<T> serializer() {
    return (topic, record) -> encode(record);
  }

  /** The codec as a Kafka deserializer; it throws {@link MalformedRecordException}. */
  public Deserializer<T> deserializer() {
    return (topic, value) -> decode(value);
  }

  /** Both directions. */
  public Serde<T> serde() {
    return Serdes.serdeFrom(serializer(), deserializer());
  }

  private int id() {
    int id = schemaId;
    if (id < 0) {
      try {
        id = registry.register(subject, new AvroSchema(schema));
      } catch (IOException e) {
        throw new UncheckedIOException("schema registry does not answer", e);
      } catch (RestClientException e) {
        throw new IllegalStateException(
            "schema registry refused " + subject + ": " + e.getMessage(), e);
      }
      schemaId = id;
    }
    return id;
  }

  /** Readers and writers of Avro keep no state of a record: threads share them. */
  private SpecificDatumReader<T> reader(int id) {
    SpecificDatumReader<T> known = readers.get(id);
    if (known != null) {
      return known;
    }
    try {
      if (!(registry.getSchemaById(id) instanceof AvroSchema avro)) {
        throw new MalformedRecordException("schema " + id + " is not Avro");
      }
      var reader =
          new SpecificDatumReader<T>(avro.rawSchema(), schema, SpecificData.getForSchema(schema));
      readers.put(id, reader);
      return reader;
    } catch (RestClientException e) {
      if (e.getStatus() == 404) {
        throw new MalformedRecordException("unknown schema id " + id, e);
      }
      throw new UncheckedIOException(new IOException("schema registry failed on id " + id, e));
    } catch (IOException e) {
      throw new UncheckedIOException("schema registry does not answer", e);
    }
  }
}
