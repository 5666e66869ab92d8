package org.everclip.trainer;

import ai.djl.ndarray.NDManager;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.service.RoleContext;
import org.everclip.service.RoleMain;
import org.everclip.trainer.checkpoint.CheckpointStore;
import org.everclip.trainer.publish.Publisher;
import org.everclip.trainer.publish.VersionWriter;
import org.everclip.trainer.replay.ReplayStore;
import org.everclip.trainer.round.Plans;
import org.everclip.trainer.round.RoundPlanner;
import picocli.CommandLine.Command;

/** The trainer role: wires the stream, the store, the rounds and the registry together. */
@Command(
    name = "trainer",
    mixinStandardHelpOptions = true,
    description = "Learns from the reinforced stream without forgetting, and publishes versions.")
public final class TrainerMain extends RoleMain {

  private static final Duration CLOSE = Duration.ofSeconds(5);

  public static void main(String[] args) {
    // Bits depend on the number of threads; the engine reads these when it starts.
    System.getProperties().putIfAbsent("ai.djl.pytorch.num_threads", "1");
    System.getProperties().putIfAbsent("ai.djl.pytorch.num_interop_threads", "1");
    System.getProperties().putIfAbsent("ai.djl.offline", "true");
    launch(new TrainerMain(), args);
  }

  @Override
  protected String role() {
    return "trainer";
  }

  @Override
  protected void run(RoleContext context) throws Exception {
    EverclipConfig config = context.config();
    EverclipConfig.Trainer settings = config.trainer();
    Path stateDir = config.inHome(settings.stateDir());
    Student student = Student.of(config);
    Run run =
        Run.open(stateDir, settings, student.tokenizerFile(), () -> UUID.randomUUID().toString());
    var schemas = Clients.schemaRegistry(config);
    var clock = Clock.systemUTC();
    try (var store =
            ReplayStore.open(
                stateDir.resolve("store"), settings.seed(), settings.reservoirCapacity());
        Producer<String, byte[]> producer =
            new KafkaProducer<>(
                Clients.producer(config), new StringSerializer(), new ByteArraySerializer());
        NDManager manager = NDManager.newBaseManager("PyTorch");
        var learner = new Learner(student, settings, manager)) {
      var curves =
          new Curves(
              producer,
              RecordCodec.of(Topics.TRAINING_METRICS, schemas),
              run.id(),
              settings.name(),
              clock);
      var refusals = new Refusals(producer, RecordCodec.of(Topics.REJECTED, schemas), clock);
      var holdoutKept = new AtomicInteger();
      var handover = new Handover(settings, learner, stateDir.resolve("parents"));
      var cost =
          RoundCost.of(student.architecture(), peakFlops(settings, manager), settings.cost());
      var runner =
          new RoundRunner(
              learner,
              handover,
              new CheckpointStore(stateDir.resolve("checkpoints"), settings.keepCheckpoints()),
              settings,
              cost,
              new Events(curves, refusals, store, context.meters()),
              context.stop()::requested);
      var reader =
          new StreamReader(
              new KafkaConsumer<>(
                  Clients.consumer(config), new StringDeserializer(), new ByteArrayDeserializer()),
              RecordCodec.of(Topics.REINFORCED, schemas),
              store,
              settings.reservoirCapacity(),
              refusals,
              context.health(),
              context.stop());
      Path outbox = stateDir.resolve("outbox");
      var loop =
          new TrainerLoop(
              settings,
              run,
              student,
              handover,
              new TrainerLoop.Parts(
                  store,
                  new Plans(stateDir.resolve("rounds")),
                  new RoundPlanner(settings, store, run.id()),
                  runner,
                  new VersionWriter(
                      outbox,
                      student.tokenizerFile(),
                      student.preprocessing(),
                      config.registry().organization()),
                  new Lineage(settings, store, cost, student.initialParent(settings.name()))),
              reader::lastArrival,
              holdoutKept::addAndGet,
              clock,
              context.stop());
      gauges(context.meters(), store, loop, holdoutKept);
      var registry = RegistryClient.of(config);
      try (var publisher = publisher(context, outbox, registry, settings, curves)) {
        var reading = new Thread(reader, "stream");
        reading.start();
        publisher.start();
        context.health().ready();
        try {
          loop.run();
        } finally {
          context.stop().request();
          reading.join();
        }
      }
      producer.close(CLOSE);
    }
  }

  private static Publisher publisher(
      RoleContext context,
      Path outbox,
      RegistryClient registry,
      EverclipConfig.Trainer settings,
      Curves curves) {
    var newest = new AtomicInteger();
    context.meters().gauge("everclip.trainer.published", newest);
    return new Publisher(
        outbox,
        registry::publish,
        (round, version) -> {
          newest.set(version);
          curves.published(round, (long) round * settings.roundSteps(), version);
        },
        (up, why) -> {
          if (up) {
            context.health().up("registry");
          } else {
            context.health().down("registry", why);
          }
        });
  }

  private static double peakFlops(EverclipConfig.Trainer settings, NDManager manager) {
    double configured = settings.cost().peakGflops() * 1e9;
    return configured > 0
        ? configured
        : PeakFlops.measure(manager, Student.precision(settings.precision()));
  }

  private static void gauges(
      MeterRegistry meters, ReplayStore store, TrainerLoop loop, AtomicInteger holdoutKept) {
    meters.gauge("everclip.trainer.round", loop, TrainerLoop::round);
    meters.gauge(
        "everclip.trainer.stored",
        store,
        s -> s.pastCount() + s.pendingCounts().values().stream().mapToInt(Integer::intValue).sum());
    meters.gauge(
        "everclip.trainer.holdoutSkipped", store, s -> s.holdoutSeen() + holdoutKept.get());
  }

  /** Tells the curves, the refusals and the meters. */
  private static final class Events implements TrainingEvents {

    private final Curves curves;
    private final Refusals refusals;
    private final ReplayStore store;
    private final Counter steps;
    private final Counter samples;
    private final Counter quarantined;

    Events(Curves curves, Refusals refusals, ReplayStore store, MeterRegistry meters) {
      this.curves = curves;
      this.refusals = refusals;
      this.store = store;
      steps = meters.counter("everclip.trainer.steps");
      samples = meters.counter("everclip.trainer.samples");
      quarantined = meters.counter("everclip.trainer.quarantined");
    }

    @Override
    public void stepped(StepReport report) {
      steps.increment();
      samples.increment(report.samples());
      curves.send(report);
    }

    @Override
    public void quarantined(
        int round, long step, List<String> pairIds, RejectionReason reason, String why) {
      quarantined.increment(pairIds.size());
      for (String id : pairIds) {
        store.pair(id).ifPresent(pair -> refusals.pair(pair.getPair(), reason, why));
      }
    }
  }
}
