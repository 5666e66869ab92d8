package org.everclip.reinforce;

import java.io.IOException;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * The last gate before the topic: a pair's revision passes once under one reinforcementVersion,
 * whatever was driven in again; older revisions do not follow newer ones; a deletion passes, and
 * what a back-fill makes of the pair afterwards does not. Standing behind the models and not before
 * them, it only remembers what really was reinforced, so a refused pair can be driven in again.
 */
final class UniqueRevision extends KeyedProcessFunction<String, Outcome, Outgoing> {

  private static final long serialVersionUID = 1;

  /** Refusals, for pairs.rejected. */
  static final OutputTag<Outgoing> REFUSED =
      new OutputTag<>("refused", TypeInformation.of(Outgoing.class));

  private final String job;
  private transient ValueState<LastReinforced> last;
  private transient ReinforceMeters meters;

  UniqueRevision(String job) {
    this.job = job;
  }

  @Override
  public void open(OpenContext context) {
    last =
        getRuntimeContext()
            .getState(new ValueStateDescriptor<>("last", TypeInformation.of(LastReinforced.class)));
    meters = ProcessScope.meters(job);
  }

  @Override
  public void processElement(Outcome outcome, Context context, Collector<Outgoing> out)
      throws Exception {
    var outgoing = new Outgoing(outcome.key(), outcome.value(), outcome.timestamp());
    switch (outcome.kind()) {
      case DELETED -> {
        last.update(LastReinforced.DELETED);
        out.collect(outgoing);
        meters.passed("deleted");
      }
      case REFUSED -> {
        context.output(REFUSED, outgoing);
        meters.passed("refused");
      }
      case REINFORCED -> {
        if (isNew(outcome, last.value())) {
          out.collect(outgoing);
          meters.passed("reinforced");
        }
      }
      case BACKFILLED -> {
        LastReinforced before = last.value();
        if (LastReinforced.DELETED.equals(before)) {
          meters.passed("duplicate");
        } else if (isNew(outcome, before)) {
          out.collect(outgoing);
          meters.passed("backfilled");
        }
      }
    }
  }

  private boolean isNew(Outcome outcome, @Nullable LastReinforced before) throws IOException {
    if (before == null) {
      last.update(new LastReinforced(outcome.revision(), outcome.version()));
      return true;
    } else if (before.covers(outcome.revision(), outcome.version())) {
      meters.passed("duplicate");
      return false;
    }
    last.update(before.after(outcome.revision(), outcome.version()));
    return true;
  }
}
