package org.everclip.ingest.fetch;

/**
 * What a fetch has brought.
 *
 * @param bytes not copied, do not modify
 * @param address where they came from, after redirections
 */
@SuppressWarnings("ArrayRecordComponent")
record Picture(byte[] bytes, String address) {}
