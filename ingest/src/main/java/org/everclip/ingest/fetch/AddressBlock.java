package org.everclip.ingest.fetch;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import org.everclip.service.ConfigException;

/**
 * A block of addresses such as {@code 10.0.0.0/8} or {@code fc00::/7}.
 *
 * @param network its first address; not copied, do not modify
 */
@SuppressWarnings("ArrayRecordComponent")
record AddressBlock(byte[] network, int bits) {

  private static final Pattern LITERAL = Pattern.compile("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

  /** Reads {@code ADDRESS} or {@code ADDRESS/BITS}. */
  static AddressBlock parse(String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    try {
      if (!LITERAL.matcher(address).matches()) {
        throw new UnknownHostException("no address");
      }
      byte[] network = InetAddress.getByName(address).getAddress();
      int bits = slash < 0 ? 8 * network.length : Integer.parseInt(text.substring(slash + 1));
      if (bits < 0 || bits > 8 * network.length) {
        throw new NumberFormatException("bits");
      }
      return new AddressBlock(network, bits);
    } catch (UnknownHostException | NumberFormatException e) {
      throw new ConfigException(
          "expected a block of addresses such as 127.0.0.1/32 or fc00::/7, but got '" + text + "'",
          e);
    }
  }

  boolean contains(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length != network.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> (bit % 8);
      if ((bytes[bit / 8] & mask) != (network[bit / 8] & mask)) {
        return false;
      }
    }
    return true;
  }
}
