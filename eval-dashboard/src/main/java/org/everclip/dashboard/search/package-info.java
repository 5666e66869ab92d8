/** Finding pairs of the stream by what they show: queries and pairs meet in a teacher's space. */
@NullMarked
package org.everclip.dashboard.search;

import org.jspecify.annotations.NullMarked;
