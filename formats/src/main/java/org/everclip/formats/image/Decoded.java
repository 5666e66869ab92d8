package org.everclip.formats.image;

/**
 * A picture that was read: upright, on white, 8-bit RGB.
 *
 * @param format {@code jpeg}, {@code png}, {@code gif} or {@code webp}
 * @param normalized true when the bytes already are in normal form, so that any reader sees these
 *     very pixels; false when orientation, alpha, CMYK, 16 bit, scaling or the format had to be
 *     taken care of
 */
public record Decoded(RgbImage image, String format, boolean normalized) implements DecodeResult {}
