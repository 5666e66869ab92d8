package org.everclip.ingest.fetch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.util.Timeout;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.config.EverclipConfig;
import org.jspecify.annotations.Nullable;

/**
 * Fetches one picture by its address, trusting nobody: addresses are checked before and bound to
 * the connection ({@link CheckedResolver}), every redirection goes through the same checks, nothing
 * is decompressed, size and headers are bounded, and the whole try ends at a deadline however
 * slowly the server speaks. Certificates and host names are verified by name. Connections are not
 * reused. Thread-safe.
 */
final class PictureFetcher implements AutoCloseable {

  private static final int MAX_HEADER_LINE = 16 << 10;
  private static final int MAX_HEADERS = 200;
  private static final long LONGEST_WAIT_MILLIS = 60_000;
  private static final Set<Integer> PASSING_STATUS = Set.of(408, 425, 429, 500, 502, 503, 504);
  private static final Set<Integer> REDIRECTIONS = Set.of(301, 302, 303, 307, 308);

  private final EverclipConfig.Fetch settings;
  private final int maxBytes;
  private final AddressRules rules;
  private final OptOut optOut;
  private final ExecutorService resolvers;
  private final ScheduledExecutorService watchdog;
  private final CloseableHttpClient client;

  PictureFetcher(
      EverclipConfig.Fetch settings, int maxBytes, CheckedResolver.Lookup lookup, SSLContext tls) {
    this.settings = settings;
    this.maxBytes = maxBytes;
    this.rules = new AddressRules(settings);
    this.optOut = new OptOut(settings.optOut(), settings.userAgent());
    this.resolvers = Executors.newCachedThreadPool(task -> daemon(task, "fetch-resolve"));
    this.watchdog =
        Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "fetch-deadline"));
    this.client =
        client(
            settings,
            new CheckedResolver(lookup, rules, resolvers, settings.connectTimeout()),
            tls);
  }

  private static Thread daemon(Runnable task, String name) {
    var thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  private static CloseableHttpClient client(
      EverclipConfig.Fetch settings, CheckedResolver resolver, SSLContext tls) {
    Timeout connect = Timeout.of(settings.connectTimeout());
    Timeout silence = Timeout.of(settings.timeout());
    var http =
        Http1Config.custom().setMaxLineLength(MAX_HEADER_LINE).setMaxHeaderCount(MAX_HEADERS);
    var connections =
        PoolingHttpClientConnectionManagerBuilder.create()
            .setDnsResolver(resolver)
            .setTlsSocketStrategy(new DefaultClientTlsStrategy(tls))
            .setConnectionFactory(
                ManagedHttpClientConnectionFactory.builder().http1Config(http.build()).build())
            .setDefaultConnectionConfig(
                ConnectionConfig.custom()
                    .setConnectTimeout(connect)
                    .setSocketTimeout(silence)
                    .build())
            .setDefaultTlsConfig(TlsConfig.custom().setHandshakeTimeout(connect).build())
            .setDefaultSocketConfig(SocketConfig.custom().setSoTimeout(silence).build())
            .setMaxConnTotal(settings.concurrency())
            .setMaxConnPerRoute(settings.concurrency())
            .build();
    return HttpClients.custom()
        .setConnectionManager(connections)
        .setConnectionReuseStrategy((request, response, context) -> false)
        .setUserAgent(settings.userAgent())
        .setDefaultRequestConfig(
            RequestConfig.custom()
                .setProtocolUpgradeEnabled(false)
                .setAuthenticationEnabled(false)
                .setConnectionRequestTimeout(silence)
                .build())
        .disableAutomaticRetries()
        .disableRedirectHandling()
        .disableContentCompression()
        .disableCookieManagement()
        .disableAuthCaching()
        .build();
  }

  /**
   * Fetches once.
   *
   * @throws FetchFailure if there is no picture, with the reason
   */
  Picture fetch(String url) throws FetchFailure {
    long deadline = System.nanoTime() + settings.timeout().toNanos();
    WebAddress address = WebAddress.parse(url);
    for (int redirections = 0; ; redirections++) {
      rules.check(address);
      Answer answer = ask(address, deadline);
      if (answer.body != null) {
        return new Picture(answer.body, address.toString());
      }
      if (redirections == settings.maxRedirects()) {
        throw FetchFailure.lasting(
            RejectionReason.FETCH_STATUS,
            "more than " + redirections + " redirections (fetch.maxRedirects)");
      }
      address = address.resolve(answer.location);
    }
  }

  /** A body, or where else to ask. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Answer(byte @Nullable [] body, String location) {}

  private Answer ask(WebAddress address, long deadline) throws FetchFailure {
    var request = new HttpUriRequestBase("GET", URI.create(address.toString()));
    // The client's reading of the address must be ours.
    if (!request.getAuthority().getHostName().equalsIgnoreCase(address.host())) {
      throw FetchFailure.lasting(RejectionReason.FETCH_ADDRESS, "the host can be read in two ways");
    }
    request.setHeader("Accept", "image/jpeg, image/png, image/webp, image/gif");
    request.setHeader("Accept-Encoding", "identity");
    request.setHeader("Connection", "close");
    var host = new HttpHost(address.scheme(), address.host(), address.port());
    long left = Math.max(1, deadline - System.nanoTime());
    ScheduledFuture<?> end = watchdog.schedule(request::abort, left, TimeUnit.NANOSECONDS);
    try {
      ClassicHttpResponse response = client.executeOpen(host, request, null);
      try {
        return read(response);
      } finally {
        // Without this, closing would read the rest of the body, however long.
        request.abort();
        close(response);
      }
    } catch (IOException | IllegalStateException e) {
      throw failure(e, deadline);
    } finally {
      end.cancel(false);
    }
  }

  private static void close(ClassicHttpResponse response) {
    try {
      response.close();
    } catch (IOException | IllegalStateException e) {
      // The connection is gone already.
    }
  }

  private Answer read(ClassicHttpResponse response) throws FetchFailure, IOException {
    int status = response.getCode();
    if (REDIRECTIONS.contains(status)) {
      Header location = response.getFirstHeader("Location");
      if (location == null || location.getValue() == null) {
        throw FetchFailure.lasting(RejectionReason.FETCH_STATUS, status + " without a location");
      }
      // Servers send UTF-8 there, which the client reads as Latin-1.
      byte[] raw = location.getValue().getBytes(ISO_8859_1);
      return new Answer(null, new String(raw, UTF_8));
    }
    if (status != 200) {
      String detail = "the server answers " + status;
      throw PASSING_STATUS.contains(status)
          ? FetchFailure.passing(RejectionReason.FETCH_STATUS, detail, retryAfter(response))
          : FetchFailure.lasting(RejectionReason.FETCH_STATUS, detail);
    }
    String out = optOut.find(values(response, "X-Robots-Tag"), values(response, "TDM-Reservation"));
    if (out != null) {
      throw FetchFailure.lasting(RejectionReason.FETCH_OPTED_OUT, "the site says " + out);
    }
    HttpEntity entity = response.getEntity();
    if (entity == null) {
      throw FetchFailure.lasting(RejectionReason.FETCH_CONTENT, "the answer has no body");
    }
    checkHeaders(response, entity);
    byte[] body = body(entity);
    PictureKind.check(body, values(response, "Content-Type"));
    return new Answer(body, "");
  }

  private void checkHeaders(ClassicHttpResponse response, HttpEntity entity) throws FetchFailure {
    for (String encoding : values(response, "Content-Encoding")) {
      if (!encoding.isBlank() && !encoding.strip().equalsIgnoreCase("identity")) {
        throw FetchFailure.lasting(
            RejectionReason.FETCH_CONTENT,
            "the body is compressed though that was not asked for; nothing is decompressed");
      }
    }
    if (values(response, "Content-Length").stream().distinct().count() > 1) {
      throw FetchFailure.lasting(RejectionReason.FETCH_CONTENT, "two different content lengths");
    }
    if (entity.getContentLength() > maxBytes) {
      throw tooLarge("the body has " + entity.getContentLength() + " bytes");
    }
    PictureKind.checkType(values(response, "Content-Type"));
  }

  private byte[] body(HttpEntity entity) throws FetchFailure, IOException {
    var bytes = new ByteArrayOutputStream(32 << 10);
    byte[] buffer = new byte[16 << 10];
    // Not closed here: that would read the rest of the body; the caller aborts the request first.
    InputStream in = entity.getContent();
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      bytes.write(buffer, 0, n);
      if (bytes.size() > maxBytes) {
        throw tooLarge("the body goes on after that many bytes");
      }
    }
    return bytes.toByteArray();
  }

  private FetchFailure tooLarge(String what) {
    return FetchFailure.lasting(
        RejectionReason.FETCH_TOO_LARGE,
        what + ", at most " + maxBytes + " are taken (limits.maxImageBytes)");
  }

  private FetchFailure failure(Exception e, long deadline) {
    if (e instanceof CheckedResolver.RefusedException refused) {
      return refused.failure();
    }
    // Aborted at the deadline, the client fails in many ways: the clock says what it was.
    if (System.nanoTime() - deadline >= 0 || e instanceof java.net.SocketTimeoutException) {
      Duration limit =
          e instanceof org.apache.hc.client5.http.ConnectTimeoutException
              ? settings.connectTimeout()
              : settings.timeout();
      return FetchFailure.passing(RejectionReason.FETCH_TIMEOUT, "not done within " + limit);
    }
    if (e instanceof SSLException) {
      return FetchFailure.lasting(RejectionReason.FETCH_CONNECT, "TLS: " + e.getMessage());
    }
    if (e.getCause() instanceof HttpException
        || e instanceof org.apache.hc.core5.http.MalformedChunkCodingException
        || e instanceof org.apache.hc.core5.http.MessageConstraintException) {
      return FetchFailure.lasting(RejectionReason.FETCH_CONTENT, "no HTTP: " + e.getMessage());
    }
    String what = e instanceof ConnectException || e instanceof SocketException ? "" : "cut off: ";
    return FetchFailure.passing(RejectionReason.FETCH_CONNECT, what + e.getMessage());
  }

  private static List<String> values(ClassicHttpResponse response, String name) {
    return Arrays.stream(response.getHeaders(name))
        .map(header -> header.getValue() == null ? "" : header.getValue())
        .toList();
  }

  /** Seconds only; dates are rare and clocks differ. */
  private static long retryAfter(ClassicHttpResponse response) {
    List<String> values = values(response, "Retry-After");
    String value = values.isEmpty() ? "" : values.get(0).strip().toLowerCase(Locale.ROOT);
    return value.matches("[0-9]{1,6}")
        ? Math.min(LONGEST_WAIT_MILLIS, 1000L * Integer.parseInt(value))
        : 0;
  }

  @Override
  public void close() {
    client.close(org.apache.hc.core5.io.CloseMode.IMMEDIATE);
    watchdog.shutdownNow();
    resolvers.shutdownNow();
  }
}
