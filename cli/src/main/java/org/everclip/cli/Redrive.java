package org.everclip.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.config.EverclipConfig;

/**
 * Reads records again by position and sends them once more to their topic and partition, with a
 * header that says where they came from.
 */
final class Redrive {

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final EverclipConfig config;

  Redrive(EverclipConfig config) {
    this.config = config;
  }

  /** Sends the records of these positions again; returns how many were still there. */
  int again(String topic, List<RawPositions.Position> positions) {
    if (positions.isEmpty()) {
      return 0;
    }
    Properties reading = Clients.consumer(config);
    reading.put("max.poll.records", "1");
    int sent = 0;
    try (var consumer =
            new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        var producer =
            new KafkaProducer<>(
                Clients.producer(config), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (RawPositions.Position position : positions) {
        TopicPartition partition = Reconciliation.partition(topic, position);
        consumer.assign(List.of(partition));
        consumer.seek(partition, position.offset());
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(PATIENCE)) {
          if (record.offset() == position.offset()) {
            send(producer, record);
            sent++;
          }
        }
      }
    } catch (ExecutionException e) {
      throw new CliException("Kafka did not take a record again: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException("interrupted", e);
    }
    return sent;
  }

  private static void send(
      KafkaProducer<byte[], byte[]> producer, ConsumerRecord<byte[], byte[]> record)
      throws ExecutionException, InterruptedException {
    String from = record.topic() + ":" + record.partition() + ":" + record.offset();
    var again =
        new ProducerRecord<>(
            record.topic(), record.partition(), record.key(), record.value(), record.headers());
    again.headers().remove(Reconciliation.REDRIVEN);
    again.headers().add(Reconciliation.REDRIVEN, from.getBytes(UTF_8));
    producer.send(again).get();
  }
}
