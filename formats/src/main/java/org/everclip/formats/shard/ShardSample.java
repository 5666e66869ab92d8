package org.everclip.formats.shard;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A sample of a WebDataset shard.
 *
 * @param key the members' common name up to the first dot of the file name, folders included
 * @param members extension (lower case, without the first dot, such as {@code jpg} or {@code
 *     paug.json}) to content, in the order of the shard; contents are not copied
 */
public record ShardSample(String key, Map<String, byte[]> members) {
  public ShardSample {
    members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
  }

  /** Returns the first member that has one of the extensions. */
  public Optional<byte[]> member(String... extensions) {
    for (String extension : extensions) {
      byte[] content = members.get(extension);
      if (content != null) {
        return Optional.of(content);
      }
    }
    return Optional.empty();
  }

  /** The picture under any of the usual extensions. */
  public Optional<byte[]> image() {
    return member("jpg", "jpeg", "png", "webp", "gif");
  }
}
