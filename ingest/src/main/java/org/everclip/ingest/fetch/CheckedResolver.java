package org.everclip.ingest.fetch;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hc.client5.http.DnsResolver;
import org.everclip.contracts.avro.RejectionReason;

/**
 * Resolves names for the HTTP client and hands out only addresses that {@link AddressRules} has
 * checked. The client connects to these very addresses and never asks again, so a name that answers
 * differently the next time gains nothing. Thread-safe.
 */
final class CheckedResolver implements DnsResolver {

  /** Each is tried for the time to connect; more would only take longer to fail. */
  private static final int MAX_ADDRESSES = 2;

  /** Asks for all addresses of a name. */
  interface Lookup {
    InetAddress[] find(String name) throws UnknownHostException;
  }

  /** A refusal on its way through the HTTP client. */
  static final class RefusedException extends UnknownHostException {
    private static final long serialVersionUID = 1;

    private final transient FetchFailure failure;

    RefusedException(FetchFailure failure) {
      super(failure.detail());
      this.failure = failure;
    }

    FetchFailure failure() {
      return failure;
    }
  }

  private final Lookup lookup;
  private final AddressRules rules;
  private final ExecutorService executor;
  private final Duration patience;

  CheckedResolver(Lookup lookup, AddressRules rules, ExecutorService executor, Duration patience) {
    this.lookup = lookup;
    this.rules = rules;
    this.executor = executor;
    this.patience = patience;
  }

  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    InetAddress[] found = find(host);
    try {
      rules.check(host, found);
    } catch (FetchFailure e) {
      throw new RefusedException(e);
    }
    return Arrays.copyOf(found, Math.min(found.length, MAX_ADDRESSES));
  }

  private InetAddress[] find(String host) throws UnknownHostException {
    Future<InetAddress[]> answer = executor.submit(() -> lookup.find(host));
    try {
      InetAddress[] found = answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      if (found.length == 0) {
        throw dns(host + " has no address");
      }
      return found;
    } catch (ExecutionException e) {
      throw dns(host + " is not resolved: " + e.getCause());
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw dns("no answer for " + host + " within " + patience);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw dns("interrupted");
    }
  }

  private static RefusedException dns(String detail) {
    return new RefusedException(FetchFailure.passing(RejectionReason.FETCH_DNS, detail));
  }

  @Override
  public String resolveCanonicalHostname(String host) {
    return host;
  }
}
