package org.everclip.ingest.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.IDN;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.everclip.contracts.avro.RejectionReason;

/**
 * An http or https address in one unambiguous form. Every form that parsers read differently is
 * refused rather than guessed: user information, backslashes, control characters, escaped hosts,
 * numbers that are addresses in disguise (decimal, octal, hexadecimal, shortened), scoped literals,
 * names of one label and names that never leave a local network. Paths are made ASCII by
 * percent-encoding. Whether the host's addresses may be connected to is for {@link AddressRules}.
 *
 * @param host in lower case without final dot; an IPv6 literal has no brackets
 * @param port as used, never -1
 * @param path with query, without fragment; begins with a slash
 */
record WebAddress(String scheme, String host, int port, String path) {

  private static final int MAX_CHARS = 8192;
  private static final int MAX_HOST_CHARS = 253;
  private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):.*");
  private static final Pattern LABELS = Pattern.compile("[a-z0-9_-]{1,63}(?:\\.[a-z0-9_-]{1,63})+");
  private static final Pattern NUMBER = Pattern.compile("[0-9]+|0x[0-9a-f]*");
  private static final Pattern IPV4 =
      Pattern.compile("(?:(?:0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])(?:\\.(?!$)|$)){4}");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-f:.]{2,45}");

  /** Names that only mean something inside a machine or network (RFC 6761, 6762, 8375, 7686). */
  private static final Set<String> LOCAL_ENDS =
      Set.of("localhost", "local", "internal", "intranet", "lan", "arpa", "onion");

  /** Reads an address or says why it is refused. */
  static WebAddress parse(String text) throws FetchFailure {
    if (text.length() > MAX_CHARS) {
      throw refused("the address has " + text.length() + " characters, at most " + MAX_CHARS);
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x20 || c == 0x7f || c == '\\' || Character.isSurrogate(c) && !paired(text, i)) {
        throw refused("the address has a control character, backslash or half a character");
      }
    }
    Matcher scheme = SCHEME.matcher(text);
    String name = scheme.matches() ? scheme.group(1).toLowerCase(Locale.ROOT) : "";
    if (!name.equals("http") && !name.equals("https")) {
      throw refused("only http and https are fetched, not " + (name.isEmpty() ? "this" : name));
    }
    if (!text.startsWith("://", name.length())) {
      throw refused("expected " + name + "://HOST/PATH");
    }
    int start = name.length() + 3;
    int end = start;
    while (end < text.length() && "/?#".indexOf(text.charAt(end)) < 0) {
      end++;
    }
    String authority = text.substring(start, end);
    if (authority.indexOf('@') >= 0 || authority.indexOf('%') >= 0) {
      throw refused("user information and escapes in the host are not taken");
    }
    int colon = authority.lastIndexOf(':');
    boolean literal = authority.startsWith("[");
    boolean hasPort = colon > (literal ? authority.indexOf(']') : -1);
    String host = hasPort ? authority.substring(0, colon) : authority;
    int port =
        hasPort && colon < authority.length() - 1
            ? port(authority.substring(colon + 1))
            : name.equals("http") ? 80 : 443;
    return new WebAddress(
        name, literal ? literal(host) : name(host), port, path(text.substring(end)));
  }

  /** The address that a redirection from here leads to. */
  WebAddress resolve(String location) throws FetchFailure {
    String to = location.strip();
    if (SCHEME.matcher(to).matches()) {
      return parse(to);
    }
    if (to.startsWith("//")) {
      return parse(scheme + ":" + to);
    }
    int query = path.indexOf('?');
    String file = query < 0 ? path : path.substring(0, query);
    String folder = file.substring(0, file.lastIndexOf('/') + 1);
    return parse(
        origin()
            + (to.startsWith("/")
                ? to
                : to.isEmpty() || to.startsWith("#")
                    ? path
                    : to.startsWith("?") ? file + to : folder + to));
  }

  private String origin() {
    return scheme + "://" + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
  }

  /** The whole address; the port only where it is not the scheme's own. */
  @Override
  public String toString() {
    String origin = origin();
    boolean usual = port == (scheme.equals("http") ? 80 : 443);
    return (usual ? origin.substring(0, origin.lastIndexOf(':')) : origin) + path;
  }

  private static boolean paired(String text, int i) {
    return Character.isHighSurrogate(text.charAt(i))
        ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
        : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
  }

  private static int port(String digits) throws FetchFailure {
    if (!digits.matches("[0-9]{1,5}")
        || Integer.parseInt(digits) < 1
        || Integer.parseInt(digits) > 65535) {
      throw refused("the port is no number from 1 to 65535");
    }
    return Integer.parseInt(digits);
  }

  private static String literal(String host) throws FetchFailure {
    String inside =
        host.endsWith("]") ? host.substring(1, host.length() - 1).toLowerCase(Locale.ROOT) : "";
    if (!IPV6.matcher(inside).matches() || inside.indexOf(':') < 0) {
      throw refused("the host is no plain IPv6 literal");
    }
    try {
      // In brackets, so that nothing is ever looked up; one form of the many.
      return InetAddress.getByName("[" + inside + "]").getHostAddress();
    } catch (UnknownHostException e) {
      throw refused("the host is no plain IPv6 literal");
    }
  }

  private static String name(String host) throws FetchFailure {
    String ascii;
    try {
      // Also maps full-width and circled digits and letters, and other characters for dots.
      ascii = IDN.toASCII(host).toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException e) {
      throw refused("the host is no valid name");
    }
    String name = ascii.endsWith(".") ? ascii.substring(0, ascii.length() - 1) : ascii;
    String last = name.substring(name.lastIndexOf('.') + 1);
    if (NUMBER.matcher(last).matches()) {
      if (!IPV4.matcher(name).matches()) {
        throw refused("the host is a number but no plain IPv4 address");
      }
      return name;
    }
    if (name.length() > MAX_HOST_CHARS || !LABELS.matcher(name).matches()) {
      throw refused("the host is no name with a domain");
    }
    if (LOCAL_ENDS.contains(last)) {
      throw refused("names in ." + last + " are local");
    }
    return name;
  }

  private static String path(String text) {
    int fragment = text.indexOf('#');
    String plain = fragment < 0 ? text : text.substring(0, fragment);
    var path = new StringBuilder(plain.startsWith("/") ? "" : "/");
    byte[] bytes = plain.getBytes(UTF_8);
    for (int i = 0; i < bytes.length; i++) {
      int b = bytes[i] & 0xff;
      boolean brokenEscape = b == '%' && !(hex(bytes, i + 1) && hex(bytes, i + 2));
      if (b <= 0x20 || b >= 0x7f || brokenEscape || "\"<>[]^`{|}".indexOf(b) >= 0) {
        path.append(String.format(Locale.ROOT, "%%%02X", b));
      } else {
        path.append((char) b);
      }
    }
    return path.toString();
  }

  private static boolean hex(byte[] bytes, int i) {
    return i < bytes.length && Character.digit(bytes[i], 16) >= 0;
  }

  private static FetchFailure refused(String detail) {
    return FetchFailure.lasting(RejectionReason.FETCH_ADDRESS, detail);
  }
}
