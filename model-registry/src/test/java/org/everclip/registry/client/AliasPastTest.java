package org.everclip.registry.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.everclip.contracts.registry.AliasMove;
import org.junit.jupiter.api.Test;

class AliasPastTest {

  @Test
  void goingBackTwiceGoesBackTwoVersions() {
    assertThat(AliasPast.previous(moves(1, 2, 3))).contains(2);
    assertThat(AliasPast.previous(moves(1, 2, 3, 2))).contains(1);
    assertThat(AliasPast.previous(moves(1, 2, 3, 2, 1))).isEmpty();
    assertThat(AliasPast.previous(moves(1, 2, 3, 2, 4))).contains(2);
    assertThat(AliasPast.previous(moves(1))).isEmpty();
    assertThat(AliasPast.previous(List.of())).isEmpty();
  }

  private static List<AliasMove> moves(int... versions) {
    var moves = new ArrayList<AliasMove>();
    Integer previous = null;
    for (int version : versions) {
      moves.add(new AliasMove("main", version, previous, "a", "r", Instant.EPOCH));
      previous = version;
    }
    return moves;
  }
}
