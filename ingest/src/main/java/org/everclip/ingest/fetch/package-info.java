/**
 * Fetches the pictures of pairs that name a url, as a role of its own before the gate: {@link
 * org.everclip.ingest.fetch.FetchService} keeps a {@code FetchLoop} running, which reads {@code
 * pairs.raw}, lets {@code PictureFetcher} fetch under the rules of {@code WebAddress} and {@code
 * AddressRules}, and writes the outcome and its own position in one transaction.
 */
@NullMarked
package org.everclip.ingest.fetch;

import org.jspecify.annotations.NullMarked;
