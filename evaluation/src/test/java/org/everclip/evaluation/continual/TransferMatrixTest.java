package org.everclip.evaluation.continual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.everclip.contracts.Periods;
import org.everclip.evaluation.continual.TransferMatrix.Row;
import org.everclip.evaluation.continual.TransferMatrix.Transfer;
import org.junit.jupiter.api.Test;

class TransferMatrixTest {

  /** The example of the reference page on TiC-CLIP. */
  @Test
  void takesTheMeansOfDiagonalLowerAndUpperHalf() {
    Transfer transfer =
        TransferMatrix.of(
                List.of(
                    row(1, "2014", 60, 50, 40),
                    row(2, "2015", 55, 62, 52),
                    row(3, "2016", 48, 58, 64)))
            .transfer();

    assertThat(transfer.inDomain().value().getAsDouble()).isEqualTo(62);
    assertThat(transfer.backward().value().getAsDouble()).isCloseTo(53.6667, within(1e-4));
    assertThat(transfer.forward().value().getAsDouble()).isCloseTo(47.3333, within(1e-4));
    assertThat(transfer.forward().cells()).isEqualTo(3);
  }

  @Test
  void theLastVersionOfAPeriodStandsForIt() {
    Transfer transfer =
        TransferMatrix.of(
                List.of(
                    row(1, "2014", 10, 10, 10),
                    row(2, "2014", 60, 50, 40),
                    new Row(3, null, Map.of("2014", 99.0))))
            .transfer();

    assertThat(transfer.inDomain().value().getAsDouble()).isEqualTo(60);
    assertThat(transfer.backward().value()).isEmpty();
    assertThat(transfer.forward().value().getAsDouble()).isEqualTo(45);
  }

  @Test
  void aCellThatWasNotMeasuredIsLeftOut() {
    Transfer transfer =
        TransferMatrix.of(List.of(new Row(1, "2015", Map.of("2014", 20.0, "2015", 30.0))))
            .transfer();

    assertThat(transfer.backward().cells()).isEqualTo(1);
    assertThat(transfer.forward().cells()).isZero();
  }

  @Test
  void whatWasBeforeAllBoundariesIsTheFirstPeriod() {
    assertThat(Stream.of("p-2020-01-01", "p-before", "p-2012-01-01").sorted(Periods.BY_TIME))
        .containsExactly("p-before", "p-2012-01-01", "p-2020-01-01");
    assertThat(TransferMatrix.relation("p-2012-01-01", "p-before")).isEqualTo(-1);
  }

  private static Row row(int version, String newest, double a, double b, double c) {
    return new Row(version, newest, Map.of("2014", a, "2015", b, "2016", c));
  }
}
