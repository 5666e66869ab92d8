package org.everclip.ingest.receive;

import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.config.SizeUnit;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.errors.TimeoutException;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.everclip.contracts.Clients;
import org.everclip.contracts.MalformedRecordException;
import org.everclip.contracts.PairId;
import org.everclip.contracts.RawPairCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.ingest.produce.PairProducer;
import org.everclip.service.WriteToken;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /v1/pairs}: one pair a request, answered with 202 and its position once the brokers
 * have acknowledged it; what the gate decides is told by {@code everclip rejected}. Sending the
 * same pair again is harmless, so every other answer may simply be tried again. Requests are
 * bounded in size and, together, in bytes under way: what is beyond is answered with 429 before its
 * body is read. Thread-safe.
 */
public final class ReceiveServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ReceiveServer.class);

  /** Base64 of the largest picture and the other fields. */
  private static final int MAX_BODY_BYTES = Topics.RAW.maxBytes() / 3 * 4 + (1 << 20);

  private static final int THREADS = 32;

  /** A sender that is slower holds a thread and its bytes for nothing. */
  private static final int MIN_BYTES_PER_SECOND = 1024;

  /** A refusal with its status. */
  private static final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int status;

    Problem(int status, String detail) {
      super(detail, null, false, false);
      this.status = status;
    }
  }

  private final EverclipConfig.Receive settings;
  private final WriteToken token;
  private final PairRequest requests;
  private final PairProducer producer;
  private final MeterRegistry meters;
  private final AtomicLong waiting = new AtomicLong();
  private final Javalin http;

  /** Starts to serve. */
  public ReceiveServer(EverclipConfig config, MeterRegistry meters) throws IOException {
    this.settings = config.receive();
    this.meters = meters;
    this.token = WriteToken.open(config.home().resolve("receive-token"), settings.token());
    this.requests = new PairRequest(new RawPairCodec(Clients.schemaRegistry(config)));
    this.producer =
        new PairProducer(
            config,
            Map.of(
                "max.block.ms", "2000",
                "delivery.timeout.ms", "30000",
                "request.timeout.ms", "10000"));
    meters.gauge("everclip.receive.waitingBytes", waiting);
    this.http = Javalin.create(this::configure).start(settings.host(), settings.port());
  }

  private void configure(JavalinConfig config) {
    config.startup.showJavalinBanner = false;
    config.http.maxRequestSize = MAX_BODY_BYTES;
    config.jetty.threadPool = new QueuedThreadPool(THREADS);
    config.jetty.modifyHttpConfiguration(
        jetty -> jetty.setMinRequestDataRate(MIN_BYTES_PER_SECOND));
    config.jetty.multipartConfig.maxFileSize(MAX_BODY_BYTES, SizeUnit.BYTES);
    config.jetty.multipartConfig.maxInMemoryFileSize(MAX_BODY_BYTES, SizeUnit.BYTES);
    config.jetty.multipartConfig.maxTotalRequestSize(MAX_BODY_BYTES, SizeUnit.BYTES);
    config.routes.post("/v1/pairs", this::take);
    config.routes.exception(Problem.class, (e, ctx) -> answer(ctx, e.status, e.getMessage()));
    config.routes.exception(
        MalformedRecordException.class, (e, ctx) -> answer(ctx, 400, e.getMessage()));
    config.routes.exception(
        HttpResponseException.class, (e, ctx) -> answer(ctx, e.getStatus(), e.getMessage()));
    config.routes.exception(
        ServletException.class, (e, ctx) -> answer(ctx, 400, "the form cannot be read"));
    config.routes.exception(Exception.class, this::failed);
  }

  private void take(Context ctx) throws IOException {
    if (!token.allows(ctx.header("Authorization"))) {
      throw new Problem(401, "the token is wanted: Authorization: Bearer TOKEN");
    }
    if (!PairRequest.isKnown(ctx)) {
      throw new Problem(415, "expected application/json or multipart/form-data");
    }
    long bytes = ctx.contentLength();
    if (bytes < 0) {
      throw new Problem(411, "a Content-Length is wanted");
    }
    if (bytes > MAX_BODY_BYTES) {
      throw new Problem(413, bytes + " bytes, at most " + MAX_BODY_BYTES + " are taken");
    }
    reserve(bytes);
    boolean handedOn = false;
    try {
      ImageTextPair pair = requests.read(ctx);
      var sent = producer.send(pair);
      handedOn = true;
      ctx.future(
          () ->
              sent.handle(
                  (at, e) -> {
                    waiting.addAndGet(-bytes);
                    acknowledge(ctx, pair, at, e);
                    return null;
                  }));
    } finally {
      if (!handedOn) {
        waiting.addAndGet(-bytes);
      }
    }
  }

  private void reserve(long bytes) {
    if (waiting.addAndGet(bytes) > settings.maxWaitingBytes()) {
      waiting.addAndGet(-bytes);
      throw new Problem(429, "more is under way than can be taken now; try again a little later");
    }
  }

  private void acknowledge(Context ctx, ImageTextPair pair, RawPosition at, @Nullable Throwable e) {
    Throwable cause = e instanceof CompletionException ? e.getCause() : e;
    if (cause == null) {
      meters.counter("everclip.receive.pairs", "answer", "202").increment();
      ctx.status(202)
          .json(
              Map.of(
                  "pairId",
                  PairId.of(pair),
                  "position",
                  at.getTopic() + ":" + at.getPartition() + ":" + at.getOffset()));
    } else if (cause instanceof IllegalArgumentException) {
      answer(ctx, 413, cause.getMessage());
    } else if (cause instanceof TimeoutException) {
      answer(ctx, 429, "the brokers are slower than the senders; try again a little later");
    } else {
      failed(new IllegalStateException(cause), ctx);
    }
  }

  private void failed(Exception e, Context ctx) {
    log.error("a pair was not taken", e);
    answer(ctx, 503, "a part that is needed does not answer; try again");
  }

  private void answer(Context ctx, int status, @Nullable String detail) {
    meters.counter("everclip.receive.pairs", "answer", Integer.toString(status)).increment();
    // The body may not have been read to its end: the connection cannot serve another request.
    ctx.header("Connection", "close");
    if (status == 429 || status == 503) {
      ctx.header("Retry-After", "2");
    }
    if (status == 401) {
      ctx.header("WWW-Authenticate", "Bearer");
    }
    ctx.status(status).json(Map.of("error", String.valueOf(detail)));
  }

  /** The port, where the settings leave the choice. */
  public int port() {
    return http.port();
  }

  @Override
  public void close() {
    http.stop();
    producer.close();
  }
}
