package org.everclip.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A TCP proxy on loopback that spoils answers after a number of bytes and writes down what was
 * asked. Connections are counted from 0; each has one fault.
 */
final class BadProxy implements AutoCloseable {

  private static final int BUFFER_BYTES = 1 << 14;
  private static final long PAUSE_MILLIS = 150;
  private static final Pattern REQUEST =
      Pattern.compile("(?:^|\r\n\r\n|(?<=[}&=\\w]))((?:GET|HEAD|POST|PUT) \\S+ HTTP/1\\.1)\r\n");

  /** What happens to an answer. */
  enum Kind {
    NONE,
    /** Both directions end. */
    CUT,
    /** Nothing comes for a while, then both directions end. */
    DELAY,
    /** The answer ends, the server still hears the client. */
    HALF_CLOSE
  }

  /** A fault after that many bytes of answers. */
  record Fault(Kind kind, long afterBytes) {
    static final Fault NONE = new Fault(Kind.NONE, Long.MAX_VALUE);
  }

  private final ServerSocket server;
  private final int target;
  private final IntFunction<Fault> faults;
  private final AtomicLong forwarded = new AtomicLong();
  private final AtomicLong struck = new AtomicLong();
  private final ByteArrayOutputStream asked = new ByteArrayOutputStream();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  BadProxy(int target, IntFunction<Fault> faults) throws IOException {
    this.target = target;
    this.faults = faults;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start("accept", this::accept);
  }

  URI base() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  /** Bytes of answers that were passed on. */
  long forwarded() {
    return forwarded.get();
  }

  /** Faults that happened. */
  long struck() {
    return struck.get();
  }

  /** The request lines so far, in order. */
  List<String> requests() {
    synchronized (asked) {
      var lines = new ArrayList<String>();
      Matcher matcher = REQUEST.matcher(asked.toString(ISO_8859_1));
      while (matcher.find()) {
        lines.add(matcher.group(1));
      }
      return lines;
    }
  }

  private void accept() {
    for (int number = 0; !server.isClosed(); number++) {
      try {
        Socket client = server.accept();
        Socket upstream = new Socket(InetAddress.getLoopbackAddress(), target);
        open.add(client);
        open.add(upstream);
        Fault fault = faults.apply(number);
        start("up", () -> up(client, upstream));
        start("down", () -> down(client, upstream, fault));
      } catch (IOException e) {
        if (!server.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private void up(Socket client, Socket upstream) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try {
      InputStream in = client.getInputStream();
      OutputStream out = upstream.getOutputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        synchronized (asked) {
          asked.write(buffer, 0, n);
        }
        out.write(buffer, 0, n);
      }
      upstream.shutdownOutput();
    } catch (IOException e) {
      close(client, upstream);
    }
  }

  private void down(Socket client, Socket upstream, Fault fault) {
    byte[] buffer = new byte[BUFFER_BYTES];
    long passed = 0;
    try {
      InputStream in = upstream.getInputStream();
      OutputStream out = client.getOutputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        int allowed = (int) Math.min(n, fault.afterBytes() - passed);
        out.write(buffer, 0, allowed);
        passed += allowed;
        forwarded.addAndGet(allowed);
        if (passed >= fault.afterBytes()) {
          strike(fault, client, upstream);
          return;
        }
      }
      client.shutdownOutput();
    } catch (IOException e) {
      close(client, upstream);
    }
  }

  private void strike(Fault fault, Socket client, Socket upstream) throws IOException {
    struck.incrementAndGet();
    if (fault.kind() == Kind.HALF_CLOSE) {
      client.shutdownOutput();
      return;
    }
    if (fault.kind() == Kind.DELAY) {
      try {
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    close(client, upstream);
  }

  private void close(Socket... sockets) {
    for (Socket socket : sockets) {
      open.remove(socket);
      try {
        socket.close();
      } catch (IOException e) {
        // It is gone, which is what was wanted.
        continue;
      }
    }
  }

  private static void start(String name, Runnable work) {
    var thread = new Thread(work, "bad-proxy-" + name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    server.close();
    close(open.toArray(Socket[]::new));
  }
}
