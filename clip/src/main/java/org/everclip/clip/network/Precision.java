package org.everclip.clip.network;

/** The data type of convolutions and matrix products; weights, norms and results stay float32. */
public enum Precision {
  FP32,
  /** bfloat16 products in channels-last layout. */
  BF16
}
