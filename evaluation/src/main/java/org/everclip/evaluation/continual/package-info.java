/**
 * What is measured between versions: samples that flipped and whether that is chance, and transfer
 * between periods. Pure; nothing here knows Kafka, the registry or a model.
 */
@NullMarked
package org.everclip.evaluation.continual;

import org.jspecify.annotations.NullMarked;
