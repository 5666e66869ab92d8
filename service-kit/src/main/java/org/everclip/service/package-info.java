/**
 * What every process needs: settings ({@link org.everclip.service.ConfigLoader}), the life of a
 * role ({@link org.everclip.service.RoleMain}), health and metrics over HTTP and on {@code
 * pipeline.metrics}, and a graceful stop ({@link org.everclip.service.StopSignal}).
 */
@NullMarked
package org.everclip.service;

import org.jspecify.annotations.NullMarked;
