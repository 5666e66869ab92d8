package org.everclip.cli;

import java.util.List;
import java.util.Map;

/**
 * A role as the supervisor sees it.
 *
 * @param phase roles of a phase start together when all earlier phases are ready, and stop together
 *     before earlier ones
 * @param environment variables on top of the supervisor's own
 */
record RoleSpec(
    String name,
    String module,
    String mainClass,
    int phase,
    List<String> jvmOptions,
    Map<String, String> environment) {}
