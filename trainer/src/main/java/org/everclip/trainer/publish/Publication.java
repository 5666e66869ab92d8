package org.everclip.trainer.publish;

import java.util.List;
import java.util.Map;

/**
 * What is known of a version before it has a number and a parent.
 *
 * @param key makes publishing it twice the same as once
 * @param initialParent the version that the run began with; 0 for a start from scratch
 */
public record Publication(
    String model,
    String key,
    int round,
    long steps,
    int initialParent,
    Map<String, Long> dataCursor,
    String reinforcementVersion,
    List<String> licences,
    Map<String, Object> details) {}
