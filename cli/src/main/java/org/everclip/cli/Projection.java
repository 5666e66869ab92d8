package org.everclip.cli;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;

/**
 * Reads a few fields of large records in Confluent's wire form: pictures and embeddings are
 * skipped, not copied. Used by one thread.
 */
final class Projection {

  private static final int HEADER_BYTES = 5;

  private final Schema wanted;
  private final SchemaRegistryClient registry;
  private final Map<Integer, GenericDatumReader<GenericRecord>> readers = new HashMap<>();

  Projection(Schema wanted, SchemaRegistryClient registry) {
    this.wanted = wanted;
    this.registry = registry;
  }

  /** The record schema with only those fields. */
  static Schema only(Schema record, Set<String> fields) {
    return Schema.createRecord(
        record.getName(),
        record.getDoc(),
        record.getNamespace(),
        false,
        record.getFields().stream()
            .filter(field -> fields.contains(field.name()))
            .map(field -> new Schema.Field(field, field.schema()))
            .toList());
  }

  GenericRecord read(byte[] value) {
    int id = ByteBuffer.wrap(value, 1, 4).getInt();
    try {
      return readers
          .computeIfAbsent(id, i -> new GenericDatumReader<>(writer(i), wanted))
          .read(
              null,
              DecoderFactory.get()
                  .binaryDecoder(value, HEADER_BYTES, value.length - HEADER_BYTES, null));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Schema writer(int id) {
    try {
      if (registry.getSchemaById(id) instanceof AvroSchema avro) {
        return avro.rawSchema();
      }
      throw new CliException("schema " + id + " is not Avro");
    } catch (RestClientException e) {
      throw new CliException("schema registry on id " + id + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new CliException("the schema registry does not answer: " + e.getMessage(), e);
    }
  }
}
