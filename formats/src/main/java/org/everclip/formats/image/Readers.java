package org.everclip.formats.image;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceLoader;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;

/**
 * The pixel decoders: the JDK's for JPEG, PNG and GIF, whatever other plugins are on the class
 * path, and the WebP plugin that came with this module.
 */
final class Readers {
  private static final ImageReaderSpi JPEG = jdk("jpeg");
  private static final ImageReaderSpi PNG = jdk("png");
  private static final ImageReaderSpi GIF = jdk("gif");
  private static final ImageReaderSpi WEBP = plugin("webp");

  private Readers() {}

  /** Decodes; warnings (libjpeg's view of damage) are added to {@code warnings}. */
  static BufferedImage read(String format, byte[] bytes, int every, List<String> warnings)
      throws IOException {
    ImageReader reader = provider(format).createReaderInstance();
    try (ByteImageStream stream = new ByteImageStream(bytes)) {
      reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
      reader.setInput(stream, true, true);
      ImageReadParam param = reader.getDefaultReadParam();
      if (every > 1) {
        param.setSourceSubsampling(every, every, 0, 0);
      }
      return reader.read(0, param);
    } finally {
      reader.dispose();
    }
  }

  private static ImageReaderSpi provider(String format) {
    return switch (format) {
      case "jpeg" -> JPEG;
      case "png" -> PNG;
      case "gif" -> GIF;
      case "webp" -> WEBP;
      default -> throw new IllegalArgumentException("no reader for " + format);
    };
  }

  private static ImageReaderSpi jdk(String format) {
    List<ImageReaderSpi> found = new ArrayList<>();
    Iterator<ImageReaderSpi> all =
        IIORegistry.getDefaultInstance().getServiceProviders(ImageReaderSpi.class, true);
    all.forEachRemaining(found::add);
    return found.stream()
        .filter(spi -> spi.getClass().getName().startsWith("com.sun.imageio."))
        .filter(spi -> List.of(spi.getFormatNames()).contains(format))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("this JDK has no reader for " + format));
  }

  private static ImageReaderSpi plugin(String format) {
    // Asked of our own class loader: the JDK's registry does not see a child class loader's jars.
    for (ImageReaderSpi spi :
        ServiceLoader.load(ImageReaderSpi.class, Readers.class.getClassLoader())) {
      if (List.of(spi.getFormatNames()).contains(format)) {
        return spi;
      }
    }
    throw new IllegalStateException("the imageio-" + format + " plugin is not on the class path");
  }
}
