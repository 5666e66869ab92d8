package org.everclip.registry.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.registry.RegistryNames;
import org.everclip.formats.AtomicFile;

/**
 * Who may write. The registry keeps only the SHA-256 of each token (of 256 random bits, so that no
 * slow hash is needed), in a file that commands may change while it runs. The roles of the same
 * home have theirs in {@code HOME/registry-token}, which only its owner can read. Thread-safe.
 */
public final class Tokens {

  /** The token of the home's own roles. */
  public static final String HOME = "home";

  private static final int TOKEN_BYTES = 32;

  private final Path path;
  private final JsonFile file;
  private List<Entry> entries = List.of();
  private FileTime read = FileTime.fromMillis(0);

  /** A token as it is kept. */
  public record Entry(String name, String sha256, Instant created) {}

  private record Stored(List<Entry> tokens) {}

  private Tokens(Path path) throws IOException {
    this.path = path;
    this.file = new JsonFile(path, FileOps.DISK);
    reload();
  }

  /** Opens what a registry keeps in its storage folder. */
  public static Tokens open(Path storage) throws IOException {
    return new Tokens(storage.resolve("tokens.json"));
  }

  /**
   * Makes sure that the home's roles have a token.
   *
   * @param homeFile where a generated token is kept for them
   * @param configured the token of the settings; empty to use the file
   */
  public synchronized void requireHome(Path homeFile, String configured) throws IOException {
    String token = configured;
    if (token.isBlank()) {
      if (!Files.exists(homeFile)) {
        writePrivate(homeFile, random());
      }
      token = Files.readString(homeFile).trim();
      if (token.isEmpty()) {
        throw new IOException(homeFile + " is empty; remove it to have a new token made");
      }
    }
    reload();
    String sha256 = Sha256.hex(token);
    if (entries.stream().noneMatch(e -> e.name().equals(HOME) && e.sha256().equals(sha256))) {
      keep(HOME, sha256);
    }
  }

  /** Makes a token for someone; it is told only now. A token of that name is replaced. */
  public synchronized String add(String name) throws IOException {
    if (!RegistryNames.isName(name) || name.equals(HOME)) {
      throw new IllegalArgumentException(
          "a token's name is [a-z0-9][a-z0-9._-]{0,62} and not '" + HOME + "'");
    }
    String token = random();
    reload();
    keep(name, Sha256.hex(token));
    return token;
  }

  /** Takes someone's token away; false if there was none. */
  public synchronized boolean remove(String name) throws IOException {
    reload();
    var left = new ArrayList<>(entries);
    boolean removed = left.removeIf(entry -> entry.name().equals(name));
    store(left);
    return removed;
  }

  /** All of them, without their secrets. */
  public synchronized List<Entry> list() throws IOException {
    reload();
    return entries;
  }

  /** Whose token it is. Every entry is compared, each in the same time whatever the answer. */
  public synchronized Optional<String> owner(String candidate) throws IOException {
    reload();
    byte[] digest = Sha256.hex(candidate).getBytes(UTF_8);
    String owner = null;
    for (Entry entry : entries) {
      if (MessageDigest.isEqual(entry.sha256().getBytes(UTF_8), digest)) {
        owner = entry.name();
      }
    }
    return Optional.ofNullable(owner);
  }

  private void keep(String name, String sha256) throws IOException {
    var more = new ArrayList<>(entries);
    more.removeIf(entry -> entry.name().equals(name));
    more.add(new Entry(name, sha256, Instant.now().truncatedTo(ChronoUnit.SECONDS)));
    store(more);
  }

  private void store(List<Entry> changed) throws IOException {
    file.write(new Stored(changed));
    entries = List.copyOf(changed);
    read = Files.getLastModifiedTime(path);
  }

  private void reload() throws IOException {
    if (Files.exists(path) && !Files.getLastModifiedTime(path).equals(read)) {
      FileTime time = Files.getLastModifiedTime(path);
      entries = List.copyOf(file.read(Stored.class).orElseThrow().tokens());
      read = time;
    }
  }

  private static String random() {
    byte[] random = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  static void writePrivate(Path file, String text) throws IOException {
    Path aside = AtomicFile.aside(file);
    Files.deleteIfExists(aside);
    Files.createFile(
        aside, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(aside, text);
    AtomicFile.publish(aside, file);
  }
}
