package org.everclip.ingest.fetch;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.config.EverclipConfig;

/**
 * Which hosts, ports and addresses may be connected to: public unicast only (the special-purpose
 * registries of IANA, RFC 6890), plus what the settings allow by name. Thread-safe.
 */
final class AddressRules {

  private static final List<AddressBlock> SPECIAL_IPV4 =
      Stream.of(
              "0.0.0.0/8",
              "10.0.0.0/8",
              "100.64.0.0/10",
              "127.0.0.0/8",
              "169.254.0.0/16",
              "172.16.0.0/12",
              "192.0.0.0/24",
              "192.0.2.0/24",
              "192.31.196.0/24",
              "192.52.193.0/24",
              "192.88.99.0/24",
              "192.168.0.0/16",
              "192.175.48.0/24",
              "198.18.0.0/15",
              "198.51.100.0/24",
              "203.0.113.0/24",
              "224.0.0.0/3")
          .map(AddressBlock::parse)
          .toList();

  /** Only global unicast is public in IPv6, and of it not what carries other addresses inside. */
  private static final AddressBlock GLOBAL_IPV6 = AddressBlock.parse("2000::/3");

  private static final List<AddressBlock> SPECIAL_IPV6 =
      Stream.of("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
          .map(AddressBlock::parse)
          .toList();

  private final List<Integer> ports;
  private final List<String> hosts;
  private final List<AddressBlock> allowed;

  AddressRules(EverclipConfig.Fetch settings) {
    this.ports = List.copyOf(settings.ports());
    this.hosts = settings.hosts().stream().map(host -> host.toLowerCase(Locale.ROOT)).toList();
    this.allowed = settings.allowAddresses().stream().map(AddressBlock::parse).toList();
  }

  /** Refuses what the name and port alone rule out. */
  void check(WebAddress address) throws FetchFailure {
    if (!ports.contains(address.port())) {
      throw refused("port " + address.port() + " is not one of " + ports + " (fetch.ports)");
    }
    if (!hosts.isEmpty() && hosts.stream().noneMatch(host -> below(address.host(), host))) {
      throw refused(address.host() + " is not among the hosts of the settings (fetch.hosts)");
    }
  }

  /** Refuses a host if any one of its addresses may not be connected to. */
  void check(String host, InetAddress[] addresses) throws FetchFailure {
    for (InetAddress address : addresses) {
      if (!isPublic(address) && allowed.stream().noneMatch(block -> block.contains(address))) {
        throw refused(host + " leads to " + address.getHostAddress() + ", which is not public");
      }
    }
  }

  private static boolean below(String host, String domain) {
    return host.equals(domain) || host.endsWith("." + domain);
  }

  static boolean isPublic(InetAddress address) {
    if (address instanceof Inet4Address) {
      return SPECIAL_IPV4.stream().noneMatch(block -> block.contains(address));
    }
    return GLOBAL_IPV6.contains(address)
        && SPECIAL_IPV6.stream().noneMatch(block -> block.contains(address))
        && !carriesIpv4(address.getAddress());
  }

  /** ISATAP (RFC 5214): the last four bytes are an IPv4 address that a router may connect to. */
  private static boolean carriesIpv4(byte[] bytes) {
    return (bytes[8] & 0xfd) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == (byte) 0xfe;
  }

  private static FetchFailure refused(String detail) {
    return FetchFailure.lasting(RejectionReason.FETCH_ADDRESS, detail);
  }
}
