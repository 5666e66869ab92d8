package org.everclip.clip.training;

import java.util.ArrayList;
import java.util.List;
import org.everclip.clip.network.Network;

/**
 * Which parameters decay ({@code d}) and which do not ({@code n}), and where each parameter of the
 * network is found in the two lists.
 *
 * @param decayed positions in the network's order
 * @param plain positions in the network's order
 * @param places for each parameter in the network's order its place in the step's lists, as text
 * @param logitScale the position of {@code logit_scale} in {@code plain}
 */
record ParameterGroups(
    List<Integer> decayed, List<Integer> plain, List<String> places, int logitScale) {

  static ParameterGroups of(Network network) {
    List<Integer> decayed = new ArrayList<>();
    List<Integer> plain = new ArrayList<>();
    List<String> places = new ArrayList<>();
    for (int i = 0; i < network.parameters().size(); i++) {
      boolean decays = network.parameters().get(i).decay();
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
    return new ParameterGroups(decayed, plain, places, logitScale);
  }
}
