/**
 * {@code everclip}: one command for every role. Roles and commands of other modules run as
 * processes with their own class path ({@link org.everclip.cli.Roles}, {@link
 * org.everclip.cli.Forwarded}); {@link org.everclip.cli.Supervisor} keeps the embedded platform
 * running; {@link org.everclip.cli.Reconciliation} compares what went in with what came out.
 */
@NullMarked
package org.everclip.cli;

import org.jspecify.annotations.NullMarked;
