package org.everclip.dashboard.view;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.dashboard.feed.Counts;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.dashboard.feed.ReadModel.RoleState;
import org.jspecify.annotations.Nullable;

/** The flow at a glance, what is wrong, and the newest model. */
final class OverviewView {

  private static final String HEALTH_PORT = "everclip.health.port";

  /**
   * A role's last report.
   *
   * @param metrics address of its metrics on the machine where it runs, or empty
   * @param figures what it reported
   */
  record Role(
      String name,
      boolean healthy,
      String detail,
      double ageSeconds,
      String instance,
      String metrics,
      Map<String, Double> figures) {}

  /** The newest version and what the gate said about it. */
  record Newest(
      String model, int version, @Nullable Integer main, @Nullable Boolean promoted, String text) {}

  record Overview(
      Instant time,
      boolean live,
      List<Flow.Stage> flow,
      List<Troubles.Trouble> troubles,
      Counts counts,
      List<Role> roles,
      List<Newest> newest,
      Map<String, String> links) {}

  private final ReadModel model;
  private final Troubles troubles;
  private final Decisions decisions;
  private final Flow flow;
  private final Map<String, String> links;
  private final Clock clock;

  OverviewView(
      ReadModel model,
      Troubles troubles,
      Decisions decisions,
      Map<String, String> links,
      Clock clock) {
    this.model = model;
    this.troubles = troubles;
    this.decisions = decisions;
    this.flow = new Flow(model, troubles, decisions);
    this.links = links;
    this.clock = clock;
  }

  Overview overview() {
    Instant now = clock.instant();
    List<Troubles.Trouble> wrong = troubles.find(flow.undecided());
    var roles = new ArrayList<Role>();
    model.roles().forEach((name, state) -> roles.add(role(name, state, now)));
    return new Overview(
        now,
        model.isLive(),
        flow.stages(wrong, now),
        wrong,
        model.counts(),
        roles,
        newest(),
        links);
  }

  private static Role role(String name, RoleState state, Instant now) {
    var figures = new TreeMap<>(state.metric().getValues());
    Double port = figures.remove(HEALTH_PORT);
    return new Role(
        name,
        state.metric().getHealthy(),
        state.metric().getDetail(),
        Math.max(0, Duration.between(state.seen(), now).toMillis() / 1000.0),
        state.metric().getInstance(),
        port == null ? "" : "http://127.0.0.1:" + port.intValue() + "/metrics",
        figures);
  }

  private List<Newest> newest() {
    var newest = new ArrayList<Newest>();
    model
        .versions()
        .forEach(
            (name, versions) -> {
              VersionInfo last = versions.isEmpty() ? null : versions.get(versions.size() - 1);
              if (last != null) {
                Decisions.Verdict verdict = decisions.of(name).get(last.version());
                newest.add(
                    new Newest(
                        name,
                        last.version(),
                        decisions.main(name),
                        verdict == null ? null : verdict.promoted(),
                        verdict == null ? "not decided yet" : verdict.text()));
              }
            });
    return newest;
  }
}
