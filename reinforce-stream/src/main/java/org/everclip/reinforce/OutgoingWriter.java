package org.everclip.reinforce;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Optional;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetIdentifier;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacetProvider;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Writes to one topic, and names it, which pooled transaction names ask for. */
final class OutgoingWriter
    implements KafkaRecordSerializationSchema<Outgoing>, KafkaDatasetFacetProvider {

  private static final long serialVersionUID = 1;

  private final String topic;

  OutgoingWriter(String topic) {
    this.topic = topic;
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      Outgoing element, KafkaSinkContext context, Long timestamp) {
    return new ProducerRecord<>(
        topic, null, element.timestamp(), element.key().getBytes(UTF_8), element.value());
  }

  @Override
  public Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
    return Optional.of(
        new DefaultKafkaDatasetFacet(DefaultKafkaDatasetIdentifier.ofTopics(List.of(topic))));
  }
}
