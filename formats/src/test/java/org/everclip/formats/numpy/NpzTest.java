package org.everclip.formats.numpy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.everclip.formats.archive.ArchiveException;
import org.everclip.formats.weights.DenseArray;
import org.everclip.formats.weights.Dtype;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpzTest {
  private static final int LIMIT = 1 << 20;

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BF16")
  void readsWhatItWroteInEveryType(Dtype type) throws IOException {
    byte[] bytes = new byte[6 * type.size()];
    new Random(5).nextBytes(bytes);
    DenseArray array = new DenseArray(type, new long[] {2, 3}, bytes);
    Map<String, DenseArray> arrays = new LinkedHashMap<>();
    arrays.put("z", array);
    arrays.put("scalar", new DenseArray(type, new long[0], Arrays.copyOf(bytes, type.size())));
    arrays.put("empty", new DenseArray(type, new long[] {0, 5}, new byte[0]));
    arrays.put("row", new DenseArray(type, new long[] {6}, bytes));

    byte[] npz = Npz.write(arrays);

    assertThat(Npz.write(arrays)).isEqualTo(npz);
    Map<String, DenseArray> read = Npz.read(npz, LIMIT);
    assertThat(read.keySet()).containsExactlyElementsOf(arrays.keySet());
    arrays.forEach(
        (name, expected) -> {
          assertThat(read.get(name).dtype()).isEqualTo(type);
          assertThat(read.get(name).shape()).isEqualTo(expected.shape());
          assertThat(read.get(name).bytes()).isEqualTo(expected.bytes());
        });
  }

  @Test
  void aHeaderIsThatOfNumpy() {
    byte[] npy = Npy.write(DenseArray.of(Dtype.F32, new long[] {4, 1536}, new float[4 * 1536]));

    assertThat(npy).hasSize(128 + 4 * 4 * 1536).startsWith(0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0);
    assertThat(npy[8] & 0xff | npy[9] << 8).isEqualTo(118);
    assertThat(new String(npy, 10, 118, StandardCharsets.US_ASCII))
        .startsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (4, 1536), } ")
        .endsWith(" \n");
  }

  @Test
  void anArrayInFortransOrderBecomesRowMajor() throws ArchiveException {
    byte[] data = {1, 4, 2, 5, 3, 6};

    DenseArray array =
        Npy.read(npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", data));

    assertThat(array.longs()).containsExactly(1, 2, 3, 4, 5, 6);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'descr': '|O', 'fortran_order': False, 'shape': (6,), }",
        "{'descr': '>f4', 'fortran_order': False, 'shape': (6,), }",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,), }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (7,), }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,), }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296, 6), }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (-6,), }",
        "{'descr': '|u1', 'fortran_order': __import__('os').system('x'), 'shape': (6,), }",
        "",
      })
  void refusesOtherHeaders(String header) {
    assertThatThrownBy(() -> Npy.read(npy(header, new byte[6])))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("array");
  }

  private static byte[] npy(String header, byte[] data) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    out.writeBytes(new byte[] {(byte) header.length(), (byte) (header.length() >> 8)});
    out.writeBytes(header.getBytes(StandardCharsets.ISO_8859_1));
    out.writeBytes(data);
    return out.toByteArray();
  }

  @Test
  void bombsAreRefusedBeforeTheyUnpack() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry("a.npy"));
      zip.write(new byte[30 << 20]);
      zip.closeEntry();
    }
    byte[] bomb = out.toByteArray();

    assertThat(bomb.length).isLessThan(100_000);
    assertThatThrownBy(() -> Npz.read(bomb, LIMIT))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("the most is");
    // The directory lies: it claims fewer bytes than come out.
    int directory = bomb.length - 22 - 46 - "a.npy".length();
    byte[] liar = bomb.clone();
    liar[directory + 27] = 0;
    liar[directory + 26] = 1;
    assertThatThrownBy(() -> Npz.read(liar, LIMIT))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("does not unpack to the size it claims");
  }

  @Test
  void damagedFilesAreReadOrRefusedButNothingElse() {
    byte[] whole =
        Npz.write(Map.of("a", DenseArray.of(Dtype.F32, new long[] {3, 4}, new float[12])));
    Random random = new Random(11);
    int refused = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] damaged =
          round % 4 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
      for (int flips = random.nextInt(4); flips >= 0 && damaged.length > 0; flips--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      try {
        Npz.read(damaged, LIMIT);
      } catch (IOException refusal) {
        assertThat(refusal).isInstanceOf(ArchiveException.class);
        refused++;
      }
    }
    assertThat(refused).isBetween(10_000, 19_999);
  }
}
