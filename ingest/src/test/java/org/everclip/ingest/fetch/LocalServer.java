package org.everclip.ingest.fetch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ServerSocketFactory;

/** A server on loopback that says exactly what a test tells it to, right or wrong. */
final class LocalServer implements AutoCloseable {

  /** Writes an answer, status line and all; the connection is closed after it. */
  interface Answer {
    void write(OutputStream out) throws IOException, InterruptedException;
  }

  private final ServerSocket server;
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final CountDownLatch closed = new CountDownLatch(1);

  LocalServer() {
    this(ServerSocketFactory.getDefault());
  }

  LocalServer(ServerSocketFactory sockets) {
    try {
      server = sockets.createServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    daemon(this::accept);
  }

  private static void daemon(Runnable task) {
    var thread = new Thread(task, "local-server");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        connections.incrementAndGet();
        sockets.add(socket);
        daemon(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      var reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1));
      var lines = new ArrayList<String>();
      for (String line = reader.readLine();
          line != null && !line.isEmpty();
          line = reader.readLine()) {
        lines.add(line);
      }
      if (lines.isEmpty()) {
        return;
      }
      requests.add(String.join("\n", lines));
      Answer answer = answers.get(lines.get(0).split(" ")[1]);
      OutputStream out = socket.getOutputStream();
      if (answer == null) {
        out.write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".getBytes(ISO_8859_1));
      } else {
        answer.write(out);
      }
      out.flush();
    } catch (IOException e) {
      // The fetcher has hung up, as it should.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  int port() {
    return server.getLocalPort();
  }

  String url(String path) {
    return "http://127.0.0.1:" + port() + path;
  }

  int connections() {
    return connections.get();
  }

  List<String> requests() {
    return requests;
  }

  void on(String path, Answer answer) {
    answers.put(path, answer);
  }

  /** A well-formed answer. */
  void on(String path, int status, byte[] body, String... headers) {
    on(path, out -> write(out, status, body, headers));
  }

  static void write(OutputStream out, int status, byte[] body, String... headers)
      throws IOException {
    var head = new StringBuilder("HTTP/1.1 " + status + " Said\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    head.append("Content-Length: ").append(body.length).append("\r\n\r\n");
    out.write(head.toString().getBytes(ISO_8859_1));
    out.write(body);
  }

  /** Waits until the server is closed: an answer that never comes. */
  void never() throws InterruptedException {
    closed.await();
  }

  /** Waits a little, or until the server is closed. */
  boolean pause(long millis) throws InterruptedException {
    return closed.await(millis, java.util.concurrent.TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
