package org.everclip.dashboard.view;

import java.util.List;
import org.everclip.dashboard.search.StreamSearch;

/** Pairs of the stream that are nearest to a text or to a picture. */
final class SearchView {

  record Hit(double similarity, SamplesView.Sample sample) {}

  record Found(String space, int searched, int kept, List<Hit> hits) {}

  private final StreamSearch search;

  SearchView(StreamSearch search) {
    this.search = search;
  }

  Found byText(String text, int limit) {
    return found(search.byText(text, limit));
  }

  Found byImage(byte[] encoded, int limit) {
    return found(search.byImage(encoded, limit));
  }

  private static Found found(StreamSearch.Result result) {
    return new Found(
        result.space(),
        result.searched(),
        result.kept(),
        result.hits().stream()
            .map(hit -> new Hit(hit.similarity(), SamplesView.sample(hit.pair())))
            .toList());
  }
}
