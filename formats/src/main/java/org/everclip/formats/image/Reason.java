package org.everclip.formats.image;

/** Why a picture was refused; the constants are metric tags, so renaming one breaks dashboards. */
public enum Reason {
  /** There are no bytes, or they are not a picture. */
  NO_IMAGE,
  /** It begins like a picture but cannot be decoded. */
  UNREADABLE,
  /** It ends too early. */
  TRUNCATED,
  /** More bytes, a longer side or more pixels than allowed. */
  TOO_LARGE,
  /** A side is shorter than allowed. */
  TOO_SMALL,
  /** A strip. */
  ASPECT,
  /** A picture of a format or variant that is not read here. */
  FORMAT_UNSUPPORTED
}
