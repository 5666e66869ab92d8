package org.everclip.dashboard.view;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.everclip.dashboard.feed.StoredPairs;
import org.everclip.dashboard.search.StreamSearch;
import org.jspecify.annotations.Nullable;

/** Pairs of the stream that are nearest to a text or to a picture. */
final class SearchView {

  /** A pair and its cosine in each space. */
  record Hit(Map<String, Double> similarities, SamplesView.Sample sample) {}

  /**
   * What was found.
   *
   * @param gone hits whose record the topic no longer gives
   */
  record Found(List<StreamSearch.Space> spaces, int kept, int gone, List<Hit> hits) {}

  private final StreamSearch search;
  private final StoredPairs pairs;

  SearchView(StreamSearch search, StoredPairs pairs) {
    this.search = search;
    this.pairs = pairs;
  }

  Found byText(String text, @Nullable String space, int limit) {
    return found(search.byText(text, space, limit));
  }

  Found byImage(byte[] encoded, @Nullable String space, int limit) {
    return found(search.byImage(encoded, space, limit));
  }

  private Found found(StreamSearch.Result result) {
    var hits = new ArrayList<Hit>();
    for (StreamSearch.Hit hit : result.hits()) {
      pairs
          .find(hit.pairId())
          .ifPresent(pair -> hits.add(new Hit(hit.similarities(), SamplesView.sample(pair))));
    }
    return new Found(
        result.spaces(), result.kept(), result.hits().size() - hits.size(), List.copyOf(hits));
  }
}
