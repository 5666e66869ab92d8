package org.everclip.formats.image;

/** How stored pixels become those that are seen. */
enum Profile {
  /** Upright, transparency composited on white: what a person sees on a page. */
  NORMAL,
  /** As stored, transparency ignored: what the reference saw when it generated DataCompDR. */
  REFERENCE
}
