package org.everclip.reinforce;

import java.util.concurrent.CompletableFuture;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.config.EverclipConfig;

/**
 * The job's own operators without the stream: the same batches, the same models, the same answers.
 * Thread-safe; owns its share of the models.
 */
public final class PairReinforcer implements AutoCloseable {

  private final ProcessScope.Lease lease;
  private final int batchPairs;

  private PairReinforcer(ProcessScope.Lease lease, int batchPairs) {
    this.lease = lease;
    this.batchPairs = batchPairs;
  }

  /**
   * Loads the models of the settings' recipe.
   *
   * @throws org.everclip.service.ConfigException when the recipe or a model cannot be used
   */
  public static PairReinforcer open(EverclipConfig config) {
    ReinforceSettings settings = ReinforceSettings.of(config);
    return new PairReinforcer(ProcessScope.acquire(settings), settings.batchPairs());
  }

  /** Hands a pair over; blocks while too many wait. Fails when the models fail on every pair. */
  public CompletableFuture<Reinforcement> submit(AcceptedPair pair) throws InterruptedException {
    return lease.reinforcer().submit(pair);
  }

  /** The reinforcementVersion of all answers. */
  public String version() {
    return lease.reinforcementVersion();
  }

  /** Pairs whose model calls are made together. */
  public int batchPairs() {
    return batchPairs;
  }

  @Override
  public void close() {
    lease.close();
  }
}
