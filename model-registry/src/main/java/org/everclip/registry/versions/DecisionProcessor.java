package org.everclip.registry.versions;

import java.time.Instant;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.everclip.contracts.MalformedRecordException;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.avro.ModelEvent;
import org.everclip.contracts.avro.ModelEventKind;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides each command of the log in its order and writes the outcome behind it, in one transaction
 * with the store of commands, from which the view is folded at the next start. Runs on one Streams
 * thread.
 */
final class DecisionProcessor implements Processor<String, byte[], String, byte[]> {

  static final String STORE = "commands";

  private static final Logger log = LoggerFactory.getLogger(DecisionProcessor.class);

  private final RegistryView view;
  private final RecordCodec<ModelEvent> codec;
  private final DecisionListener listener;
  private @Nullable ProcessorContext<String, byte[]> context;
  private @Nullable KeyValueStore<Long, byte[]> commands;

  /** Hears of each decision, also of repeated ones. */
  interface DecisionListener {
    void decided(Decision decision);

    /** The log has been read up to this mark, which the listener's owner wrote. */
    void reached(String markId);
  }

  DecisionProcessor(RegistryView view, RecordCodec<ModelEvent> codec, DecisionListener listener) {
    this.view = view;
    this.codec = codec;
    this.listener = listener;
  }

  @Override
  public void init(ProcessorContext<String, byte[]> processorContext) {
    context = processorContext;
    KeyValueStore<Long, byte[]> store = processorContext.getStateStore(STORE);
    commands = store;
    try (KeyValueIterator<Long, byte[]> all = store.all()) {
      all.forEachRemaining(
          entry -> {
            ModelEvent command = codec.decode(entry.value);
            if (command != null && entry.key > view.lastOffset()) {
              view.apply(entry.key, command);
            }
          });
    }
    log.info("versions folded up to offset {}", view.lastOffset());
  }

  @Override
  public void process(Record<String, byte[]> record) {
    ModelEvent command = decode(record);
    if (command == null || command.getKind() == ModelEventKind.OUTCOME || context == null) {
      return;
    }
    if (command.getKind() == ModelEventKind.UNKNOWN) {
      listener.reached(command.getCommandId());
      return;
    }
    long offset =
        context.recordMetadata().orElseThrow(() -> new IllegalStateException("no offset")).offset();
    Decision decision = view.apply(offset, command);
    if (commands != null) {
      commands.put(offset, record.value());
    }
    context.forward(
        new Record<>(
            command.getModel(),
            codec.encode(decision.outcome(Instant.ofEpochMilli(record.timestamp()))),
            record.timestamp()));
    listener.decided(decision);
  }

  private @Nullable ModelEvent decode(Record<String, byte[]> record) {
    try {
      return codec.decode(record.value());
    } catch (MalformedRecordException e) {
      log.warn("a record of the log is passed over: {}", e.getMessage());
      return null;
    }
  }
}
