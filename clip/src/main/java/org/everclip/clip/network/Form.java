package org.everclip.clip.network;

/** Which of two equal networks: the one that trains or the one that is fast. */
public enum Form {
  /** Several branches per block, as trained and published. */
  TRAIN,
  /** Branches folded into one convolution; uses the running statistics, so only for evaluation. */
  REPARAMETERIZED
}
