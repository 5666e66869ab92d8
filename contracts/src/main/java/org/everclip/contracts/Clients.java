package org.everclip.contracts;

import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.util.Map;
import java.util.Properties;
import org.everclip.contracts.config.EverclipConfig;

/** The settings that every client of Kafka and of the schema registry shares. */
public final class Clients {

  private static final int SCHEMA_CACHE = 1000;

  private Clients() {}

  /** A schema registry client with a cache; thread-safe. */
  public static SchemaRegistryClient schemaRegistry(EverclipConfig config) {
    return new CachedSchemaRegistryClient(config.schemaRegistry().url(), SCHEMA_CACHE);
  }

  /** Common to all: where the brokers are, and what the operator passes through. */
  public static Properties common(EverclipConfig config) {
    var properties = new Properties();
    properties.put("bootstrap.servers", config.kafka().bootstrap());
    properties.putAll(config.kafka().properties());
    return properties;
  }

  /**
   * An idempotent producer that waits for all replicas; serializers are passed to its constructor.
   */
  public static Properties producer(EverclipConfig config) {
    Properties properties = common(config);
    properties.putAll(
        Map.of(
            "acks", "all",
            "enable.idempotence", "true",
            "max.request.size", Integer.toString(Topics.MAX_REQUEST_BYTES),
            "buffer.memory", Integer.toString(64 << 20),
            "linger.ms", "5",
            "delivery.timeout.ms", "300000"));
    return properties;
  }

  /** A consumer that sees only committed records and never commits by itself. */
  public static Properties consumer(EverclipConfig config) {
    Properties properties = common(config);
    properties.putAll(
        Map.of(
            "isolation.level", "read_committed",
            "enable.auto.commit", "false",
            "auto.offset.reset", "earliest",
            "max.partition.fetch.bytes", Integer.toString(Topics.MAX_REQUEST_BYTES)));
    return properties;
  }
}
