package org.everclip.evaluation.benchmarks;

import java.io.IOException;

/** A foreign data set as something that can be written in the standard layout. */
interface Converter {

  /** Writes all samples and lists; does not publish. */
  void convert(DatasetWriter writer) throws IOException;
}
