package org.everclip.formats.image;

/** What became of the bytes of a picture: {@link Decoded} or {@link Refused}. */
public sealed interface DecodeResult permits Decoded, Refused {}
