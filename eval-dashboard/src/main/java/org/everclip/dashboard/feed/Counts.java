package org.everclip.dashboard.feed;

import java.util.Map;

/**
 * Totals over the whole stream.
 *
 * @param rejectedLater of the rejected, those that the gate had accepted
 * @param reasons rejected by reason
 * @param stages rejected by the stage that did it
 */
public record Counts(
    long accepted,
    long holdout,
    long rejected,
    long rejectedLater,
    long reinforced,
    long deleted,
    Map<String, Long> reasons,
    Map<String, Long> stages) {}
