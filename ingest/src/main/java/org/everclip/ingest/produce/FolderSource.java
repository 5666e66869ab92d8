package org.everclip.ingest.produce;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.everclip.contracts.Sha256;
import org.jspecify.annotations.Nullable;

/**
 * A folder of pictures, subfolders included, in the order of their paths; the caption lies beside
 * the picture as {@code .txt} or in {@code .json}, or in a table of the folder. Symbolic links are
 * not followed.
 */
final class FolderSource implements PairSource {

  private static final Set<String> PICTURES = Set.of("jpg", "jpeg", "png", "webp", "gif");

  /** Larger files are no pictures that any topic could carry. */
  private static final long MAX_FILE_BYTES = 64L << 20;

  private final Path folder;
  private final PairFactory pairs;
  private final CaptionTable captions;
  private final List<Path> pictures;

  FolderSource(Path folder, PairFactory pairs, CaptionTable captions) throws IOException {
    this.folder = folder.toAbsolutePath().normalize();
    this.pairs = pairs;
    this.captions = captions;
    try (Stream<Path> files = Files.walk(this.folder)) {
      this.pictures =
          files
              .filter(file -> PICTURES.contains(extension(file)) && Files.isRegularFile(file))
              .sorted()
              .toList();
    }
  }

  @Override
  public String id() {
    return folder.toString();
  }

  @Override
  public String fingerprint() {
    // A position in the sorted list means something as long as the list is the same.
    return pictures.size() + "/" + Sha256.hex(pictures + captions.fingerprint());
  }

  @Override
  public long sizeBytes() {
    return pictures.size();
  }

  @Override
  public Offers open() {
    Iterator<Path> remaining = pictures.iterator();
    return new Offers() {
      private long read;

      @Override
      public boolean hasNext() {
        return remaining.hasNext();
      }

      @Override
      public Offer next() {
        read++;
        return offer(remaining.next());
      }

      @Override
      public long readBytes() {
        return read;
      }

      @Override
      public void close() {}
    };
  }

  private Offer offer(Path picture) {
    String key = folder.relativize(picture).toString().replace('\\', '/');
    try {
      if (Files.size(picture) > MAX_FILE_BYTES) {
        return new Offer.Skipped("too large", key + " has " + Files.size(picture) + " bytes");
      }
      byte[] text = beside(picture, "txt");
      if (text == null) {
        text = captions.caption(key).map(caption -> caption.getBytes(UTF_8)).orElse(null);
      }
      return pairs.make(key, Files.readAllBytes(picture), text, beside(picture, "json"));
    } catch (IOException e) {
      return new Offer.Skipped("not readable", key + ": " + e);
    }
  }

  private static byte @Nullable [] beside(Path picture, String extension) throws IOException {
    String name = picture.getFileName().toString();
    Path file = picture.resolveSibling(name.substring(0, name.lastIndexOf('.') + 1) + extension);
    return Files.isRegularFile(file) && Files.size(file) <= MAX_FILE_BYTES
        ? Files.readAllBytes(file)
        : null;
  }

  private static String extension(Path file) {
    String name = file.getFileName() == null ? "" : file.getFileName().toString();
    return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }
}
