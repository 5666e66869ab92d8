/**
 * The embedded counterparts of a cluster: a real Kafka broker on a folder ({@link
 * org.everclip.platform.EmbeddedBroker}), a schema registry with Confluent's REST surface kept in
 * the topic {@code _schemas} ({@link org.everclip.platform.SchemaRegistryServer}), and the creation
 * and check of every topic ({@link org.everclip.platform.TopicsApply}).
 */
@NullMarked
package org.everclip.platform;

import org.jspecify.annotations.NullMarked;
