package org.everclip.registry;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** One {@link Rig} for all test classes of a run; each class uses models of its own. */
final class SharedRig implements ParameterResolver {

  private static final class Holder implements AutoCloseable {
    private final Path home;
    private final Rig rig;

    Holder() {
      try {
        home = Files.createTempDirectory("everclip-registry");
        rig = new Rig(home);
      } catch (Exception e) {
        throw new IllegalStateException("the rig does not start", e);
      }
    }

    @Override
    public void close() throws Exception {
      rig.close();
      try (Stream<Path> walk = Files.walk(home)) {
        walk.sorted(Comparator.reverseOrder()).forEach(Holder::delete);
      }
    }

    private static void delete(Path path) {
      try {
        Files.delete(path);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Rig.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(ExtensionContext.Namespace.create(SharedRig.class))
        .getOrComputeIfAbsent("rig", key -> new Holder(), Holder.class)
        .rig;
  }
}
