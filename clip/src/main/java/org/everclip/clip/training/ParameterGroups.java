package org.everclip.clip.training;

import java.util.ArrayList;
import java.util.List;
import org.everclip.clip.network.Init;
import org.everclip.clip.network.Network;
import org.everclip.clip.network.TensorSpec;

/**
 * What is trained: the parameters of the network and what the objective adds to them; which of them
 * decay ({@code d}) and which do not ({@code n}), and where each parameter of the network is found
 * in the two lists.
 *
 * @param parameters of the network, in its order, then of the objective
 * @param decayed positions in the network's order
 * @param plain positions in the network's order
 * @param places for each parameter in the network's order its place in the step's lists, as text
 * @param logitScale the position of {@code logit_scale} in {@code plain}
 * @param logitBias the position of {@link #LOGIT_BIAS} in {@code plain}, or -1
 */
record ParameterGroups(
    List<TensorSpec> parameters,
    List<Integer> decayed,
    List<Integer> plain,
    List<String> places,
    int logitScale,
    int logitBias) {

  /** The sigmoid loss begins as if nearly every pair were wrong; source: SigLIP, section 3.2. */
  static final float FIRST_LOGIT_BIAS = -10;

  static final TensorSpec LOGIT_BIAS =
      new TensorSpec("logit_bias", new long[0], new Init.Constant(FIRST_LOGIT_BIAS), false);

  static ParameterGroups of(Network network, Objective objective) {
    List<TensorSpec> parameters = new ArrayList<>(network.parameters());
    if (objective.kind() == Objective.Kind.SIGMOID) {
      parameters.add(LOGIT_BIAS);
    }
    List<Integer> decayed = new ArrayList<>();
    List<Integer> plain = new ArrayList<>();
    List<String> places = new ArrayList<>();
    for (int i = 0; i < parameters.size(); i++) {
      boolean decays = parameters.get(i).decay();
      List<Integer> group = decays ? decayed : plain;
      places.add((decays ? "d[" : "n[") + group.size() + "]");
      group.add(i);
    }
    int logitScale = plain.indexOf(network.logitScaleIndex());
    if (logitScale < 0 || decayed.isEmpty()) {
      throw new IllegalArgumentException(
          "A network to be trained has a logit_scale and at least one weight matrix; '%s' has not"
              .formatted(network.name()));
    }
    int logitBias = plain.indexOf(parameters.indexOf(LOGIT_BIAS));
    return new ParameterGroups(
        List.copyOf(parameters), decayed, plain, places, logitScale, logitBias);
  }
}
