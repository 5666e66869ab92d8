package org.everclip.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Golden;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.image.Preprocessing;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TextLengthsTest {

  private static final int CONTEXT = 77;
  private static final float LAST_BITS = 1e-6f;

  /** Texts whose ends lie from the first ids to behind the last. */
  private static final List<String> TEXTS =
      IntStream.range(0, 40).map(i -> 2 * i + 1).mapToObj(Integer::toString).toList();

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void free() {
    manager.close();
  }

  @Test
  void aCausalTowerGivesACutTextTheWholeTextsEmbedding() throws Exception {
    Architecture architecture = of("open_clip_tiny_clip", true);
    long[][] ids =
        TEXTS.stream().map(text -> new Lengths().encode(text, CONTEXT)).toArray(long[][]::new);
    var network = Networks.create(architecture, Precision.FP32, Form.TRAIN);
    try (var weights = Weights.of(network, manager, Golden::fill);
        var model = model(architecture, weights);
        var runtime =
            Runtime.of(Networks.forInference(architecture, Precision.FP32, Form.TRAIN), weights)) {

      float[] whole = runtime.idRows("encode_text", ids, Runtime::bucket);

      float[][] rows = model.encodeIds(ids);
      for (int row = 0; row < rows.length; row++) {
        for (int i = 0; i < rows[row].length; i++) {
          assertThat(rows[row][i]).isCloseTo(whole[row * rows[row].length + i], within(LAST_BITS));
        }
      }
    }
  }

  @Test
  void inCallsOfOneSizeATextHasTheSameBitsInAnyCompany() throws Exception {
    Architecture architecture = of("open_clip_tiny_clip", true);
    var network = Networks.create(architecture, Precision.FP32, Form.TRAIN);
    try (var weights = Weights.of(network, manager, Golden::fill);
        var model = model(architecture, weights)) {

      float[][] together = model.encodeTexts(TEXTS, 16);

      for (int from = 0; from < TEXTS.size(); from += 7) {
        float[][] apart =
            model.encodeTexts(TEXTS.subList(from, Math.min(from + 7, TEXTS.size())), 16);
        for (int i = 0; i < apart.length; i++) {
          assertThat(apart[i]).containsExactly(together[from + i]);
        }
      }
    }
  }

  @Test
  void onlyACausalTowerReadAtItsEndTokenHasItsTextsCut() throws Exception {
    assertThat(lengths(of("open_clip_tiny_clip", true))).containsExactly(16, 32, CONTEXT);
    assertThat(lengths(of("open_clip_tiny_clip", false))).containsExactly(CONTEXT);
    assertThat(lengths(of("mobileclip_tiny_s0", true))).containsExactly(CONTEXT);
    assertThat(lengths(of("open_clip_tiny_coca", true))).containsExactly(CONTEXT);
  }

  private static Iterable<Integer> lengths(Architecture architecture) {
    long[][] ids =
        TEXTS.stream().map(text -> new Lengths().encode(text, CONTEXT)).toArray(long[][]::new);
    return new TextLengths(architecture).groups(ids).keySet();
  }

  private static ClipModel model(Architecture architecture, Weights weights) {
    return ClipModel.of(
        architecture, weights, new Lengths(), Preprocessing.plain(64), Precision.FP32);
  }

  /** A golden's model with CLIP's own context length. */
  private static Architecture of(String golden, boolean causal) throws Exception {
    var json = new ObjectMapper();
    var root = (ObjectNode) json.readTree(Golden.bytes("architectures/" + golden + ".json"));
    ((ObjectNode) root.get("text")).put("contextLength", CONTEXT).put("causal", causal);
    return Architecture.parse(json.writeValueAsString(root));
  }

  /** A text says how many ids it has, start and end included. */
  private record Lengths() implements Tokenizer {

    @Override
    public long[] encode(String text, int contextLength) {
      int length = Math.max(2, Math.min(contextLength, Integer.parseInt(text)));
      long[] ids = new Random(length).longs(contextLength, 1, startId()).toArray();
      ids[0] = startId();
      ids[length - 1] = endId();
      for (int i = length; i < contextLength; i++) {
        ids[i] = 0;
      }
      return ids;
    }

    @Override
    public String decode(long[] ids) {
      throw new UnsupportedOperationException("the ids stand for nothing");
    }

    @Override
    public int vocabularySize() {
      return 512;
    }

    @Override
    public int startId() {
      return 510;
    }

    @Override
    public int endId() {
      return 511;
    }
  }
}
