package org.everclip.registry;

import org.everclip.registry.client.Clients;

/** The consumers' command: {@code pull}, {@code versions}, {@code promote}, … */
public final class ClientMain {

  private ClientMain() {}

  public static void main(String[] args) {
    System.exit(Clients.run(args));
  }
}
