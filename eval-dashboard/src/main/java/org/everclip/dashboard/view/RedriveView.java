package org.everclip.dashboard.view;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.service.Redrive;

/** Sends refused raw records again, the only thing that the page ever writes. */
final class RedriveView {

  static final int MOST = 100;

  /** What was asked for: raw positions as {@code TOPIC:PARTITION:OFFSET}. */
  record Request(List<String> positions) {}

  /** What became of one. */
  record Outcome(String position, String outcome, String text) {}

  private final EverclipConfig config;
  private final ReadModel model;

  RedriveView(EverclipConfig config, ReadModel model) {
    this.config = config;
    this.model = model;
  }

  /**
   * One request at a time.
   *
   * @throws AwayException when the brokers are away
   */
  synchronized List<Outcome> again(Request request) throws InterruptedException {
    if (request.positions() == null
        || request.positions().isEmpty()
        || request.positions().size() > MOST) {
      throw new IllegalArgumentException("positions are 1 to " + MOST + " of the listed ones");
    }
    if (!model.feedTrouble().isEmpty()) {
      throw new AwayException("nothing was sent: " + model.feedTrouble());
    }
    Map<String, RejectedPair> known = new HashMap<>();
    for (RejectedPair pair : model.rejections()) {
      known.put(SamplesView.position(pair.getRawPosition()), pair);
    }
    var outcomes = new ArrayList<Outcome>();
    try (var redrive = new Redrive(config)) {
      for (String position : request.positions()) {
        RejectedPair pair = known.get(position);
        outcomes.add(
            pair == null
                ? new Outcome(position, "UNKNOWN", "not among the newest refusals any more")
                : outcome(position, redrive.again(pair)));
      }
    } catch (KafkaException | IllegalStateException e) {
      throw new AwayException(
          outcomes.size() + " were done, then the brokers failed: " + e.getMessage());
    }
    return outcomes;
  }

  private static Outcome outcome(String position, Redrive.Outcome outcome) {
    String text =
        switch (outcome) {
          case SENT -> "sent again; the gate decides anew";
          case EXPIRED -> "the raw topic no longer holds it; only its producer can send it again";
          case NOT_FROM_THE_GATE ->
              "the gate had accepted it; 'everclip reconcile --redrive' sends accepted pairs again";
        };
    return new Outcome(position, outcome.name(), text);
  }
}
