package org.everclip.formats.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.everclip.formats.archive.ArchiveException;
import org.everclip.formats.archive.ByteSource;
import org.everclip.formats.archive.Gunzip;
import org.everclip.formats.archive.ZipDirectory;
import org.everclip.formats.weights.Pickled.View;

/**
 * Reads a dictionary of tensors written by {@code torch.save} ({@code .pt}, {@code .pth}, {@code
 * .bin}, also gzipped), new and old form, without executing anything: names and operations that
 * tensors do not need are refused. Files may be larger than 4 GiB. A gzipped file is unpacked to a
 * temporary one.
 */
public final class TorchFile implements WeightFile {
  private static final int PICKLE = 0x80;
  private static final int WINDOW_BYTES = 1 << 30;

  private final String name;
  private final ByteSource source;
  private final TorchContainer container;
  private final Map<String, TensorInfo> tensors;

  private TorchFile(String name, ByteSource source, TorchContainer container) {
    this.name = name;
    this.source = source;
    this.container = container;
    this.tensors = infos(container);
  }

  /**
   * Opens the file and reads its dictionary; values stay on disk.
   *
   * @throws WeightFileException when it holds anything but tensors, or is broken
   */
  public static TorchFile open(Path path) throws IOException {
    boolean gzip;
    try (ByteSource file = ByteSource.file(path)) {
      gzip = Gunzip.isGzip(file);
    }
    try {
      return open(path.toString(), gzip ? Gunzip.open(path) : ByteSource.file(path));
    } catch (ArchiveException broken) {
      throw refused(path.toString(), broken);
    }
  }

  /** Reads a dictionary in memory; the array is not copied. */
  public static TorchFile of(byte[] bytes) throws IOException {
    return open("the tensor dictionary", ByteSource.of(bytes));
  }

  private static TorchFile open(String name, ByteSource source) throws IOException {
    boolean open = false;
    try {
      TorchFile file = new TorchFile(name, source, TorchContainer.read(source));
      open = true;
      return file;
    } catch (WeightFileException broken) {
      throw refused(name, broken);
    } finally {
      if (!open) {
        source.close();
      }
    }
  }

  private static WeightFileException refused(String name, IOException cause) {
    return new WeightFileException(name + " cannot be read: " + cause.getMessage(), cause);
  }

  /** Whether the content is of torch's making, or gzipped; says nothing about its safety. */
  static boolean isTorch(Path path) throws IOException {
    try (ByteSource file = ByteSource.file(path)) {
      return !looksLikeHeader(file)
          && (Gunzip.isGzip(file) || ZipDirectory.isZip(file) || beginsPickle(file));
    }
  }

  private static boolean beginsPickle(ByteSource file) throws IOException {
    return file.size() > 0 && (file.slice(0, 1).get() & 0xff) == PICKLE;
  }

  /** The length of a safetensors header may begin like any of torch's files. */
  private static boolean looksLikeHeader(ByteSource file) throws IOException {
    return file.size() > 8 && file.slice(8, 1).get() == '{';
  }

  private static Map<String, TensorInfo> infos(TorchContainer container) {
    Map<String, TensorInfo> infos = new LinkedHashMap<>();
    container
        .state()
        .tensors()
        .forEach(
            (name, view) -> {
              long[] shape = view.sides();
              int size = view.storage().type().size();
              long at =
                  container.positions().getOrDefault(view.storage(), 0L) + view.offset() * size;
              long length = TensorInfo.elements(shape) * size;
              infos.put(
                  name, new TensorInfo(name, view.storage().type().name(), shape, at, length));
            });
    return Collections.unmodifiableMap(infos);
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return tensors;
  }

  /** Texts and numbers beside the tensors, such as the epoch of a checkpoint. */
  @Override
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(container.state().metadata());
  }

  @Override
  public float[] floats(String tensor) throws IOException {
    return Values.floats(info(tensor), pieces(tensor));
  }

  @Override
  public double[] doubles(String tensor) throws IOException {
    return Values.doubles(info(tensor), pieces(tensor));
  }

  @Override
  public long[] longs(String tensor) throws IOException {
    return Values.longs(info(tensor), pieces(tensor));
  }

  private TensorInfo info(String tensor) {
    TensorInfo info = tensors.get(tensor);
    if (info == null) {
      throw new IllegalArgumentException(
          name + " has no tensor '" + tensor + "'; it has " + tensors.size() + " others");
    }
    return info;
  }

  private Values.Pieces pieces(String tensor) {
    TensorInfo info = info(tensor);
    View view = java.util.Objects.requireNonNull(container.state().tensors().get(tensor));
    if (!view.isDense()) {
      return piece -> new Gather(source, info, view).forEach(piece);
    }
    return piece -> {
      for (long done = 0; done < info.length(); done += WINDOW_BYTES) {
        int length = (int) Math.min(WINDOW_BYTES, info.length() - done);
        ByteBuffer window = source.slice(info.offset() + done, length);
        piece.accept(window);
      }
    };
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
