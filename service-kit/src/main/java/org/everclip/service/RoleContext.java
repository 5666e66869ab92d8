package org.everclip.service;

import io.micrometer.core.instrument.MeterRegistry;
import org.everclip.contracts.config.EverclipConfig;

/**
 * What a running role is given.
 *
 * @param meters counters and gauges named {@code everclip.ROLE.what}; they are served on {@code
 *     /metrics} and sent to {@code pipeline.metrics}
 */
public record RoleContext(
    String role, EverclipConfig config, Health health, MeterRegistry meters, StopSignal stop) {}
