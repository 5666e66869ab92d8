package org.everclip.registry.client;

import java.net.URI;
import java.util.concurrent.Callable;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.contracts.registry.RegistryException;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.service.ConfigOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What the consumers' commands share: settings, the client, and names with revisions. */
abstract class Command implements Callable<Integer> {

  @Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Option(names = "--registry", paramLabel = "URL", description = "Default: registry.url.")
  private @Nullable URI registry;

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description = "Write token (default: registry.token, else HOME/registry-token).")
  private @Nullable String token;

  /** NAME[@REV]. */
  record Reference(String model, String revision) {
    static Reference parse(String text, String defaultRevision) {
      int at = text.indexOf('@');
      return at < 0
          ? new Reference(text, defaultRevision)
          : new Reference(text.substring(0, at), text.substring(at + 1));
    }
  }

  final EverclipConfig config() {
    return options.load();
  }

  final RegistryClient client() {
    EverclipConfig config = options.load();
    if (registry != null || token != null) {
      String write = token == null ? config.registry().token() : token;
      return new RegistryClient(
          registry == null ? URI.create(config.registry().url()) : registry, write);
    }
    return RegistryClient.of(config);
  }

  /** The version, or an error that names what there is. */
  static VersionInfo require(RegistryClient client, Reference reference) {
    return client
        .version(reference.model(), reference.revision())
        .orElseThrow(
            () ->
                new NotThere(
                    "no "
                        + reference.model()
                        + "@"
                        + reference.revision()
                        + "; the registry has the models "
                        + client.models()
                        + " (see everclip versions NAME)"));
  }

  /** Something that was asked for does not exist. */
  static final class NotThere extends RuntimeException {
    private static final long serialVersionUID = 1;

    NotThere(String message) {
      super(message);
    }
  }

  final ParameterException usage(String message) {
    if (spec == null) {
      throw new IllegalStateException("not run by picocli");
    }
    return new ParameterException(spec.commandLine(), message);
  }

  static void out(String line) {
    System.out.println(line);
    System.out.flush();
  }

  static void tell(String line) {
    System.err.println(line);
  }

  /** Errors that need no stack trace. */
  static boolean isPlain(Exception e) {
    return e instanceof RegistryException
        || e instanceof NotThere
        || e instanceof IllegalArgumentException
        || e instanceof IllegalStateException;
  }
}
