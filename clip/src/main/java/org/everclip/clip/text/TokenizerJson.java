package org.everclip.clip.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.everclip.clip.text.BytePairVocabulary.Merge;
import org.jspecify.annotations.Nullable;

/** The Hugging Face {@code tokenizer.json} layout of a byte-level BPE tokenizer. */
final class TokenizerJson {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final List<String> STARTS =
      List.of(BpeTrainer.START, "<|startoftext|>", "<start>", "<s>");
  private static final List<String> ENDS =
      List.of(BpeTrainer.END, "<|endoftext|>", "<end>", "</s>");

  private TokenizerJson() {}

  static BytePairVocabulary read(byte[] json) throws IOException {
    JsonNode model = MAPPER.readTree(json).path("model");
    JsonNode vocabulary = model.path("vocab");
    if (!vocabulary.isObject() || !model.path("merges").isArray()) {
      throw new IOException(
          "Expected a tokenizer.json with model.vocab and model.merges (byte-level BPE)");
    }
    List<String> tokens = tokens(vocabulary);
    List<Merge> merges = new ArrayList<>();
    for (JsonNode merge : model.path("merges")) {
      merges.add(
          merge.isArray()
              ? new Merge(merge.path(0).asText(), merge.path(1).asText())
              : BytePairVocabulary.merge(merge.asText()));
    }
    return new BytePairVocabulary(tokens, merges, first(STARTS, tokens), first(ENDS, tokens));
  }

  /** Reads a {@code vocab.json} and the lines of a {@code merges.txt}. */
  static BytePairVocabulary read(byte[] vocabJson, List<String> merges) throws IOException {
    ObjectNode model = MAPPER.createObjectNode();
    model.set("vocab", MAPPER.readTree(vocabJson));
    ArrayNode pairs = model.putArray("merges");
    merges.stream()
        .filter(line -> !line.startsWith("#version") && !line.isBlank())
        .forEach(pairs::add);
    return read(MAPPER.writeValueAsBytes(MAPPER.createObjectNode().set("model", model)));
  }

  static byte[] hubConfig(BytePairVocabulary vocabulary, int contextLength) throws IOException {
    if (!vocabulary.tokens().get(0).equals(BpeTrainer.PAD)) {
      throw new IllegalArgumentException(
          "The vocabulary's id 0, which pads, is '%s' and not a token of its own, %s"
              .formatted(vocabulary.tokens().get(0), BpeTrainer.PAD));
    }
    ObjectNode config = MAPPER.createObjectNode().put("tokenizer_class", "PreTrainedTokenizerFast");
    config.put("bos_token", vocabulary.start()).put("eos_token", vocabulary.end());
    config.put("unk_token", vocabulary.end()).put("pad_token", BpeTrainer.PAD);
    config.put("model_max_length", contextLength);
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(config);
  }

  static byte[] write(BytePairVocabulary vocabulary) throws IOException {
    ObjectNode root = MAPPER.createObjectNode().put("version", "1.0");
    ArrayNode added = root.putArray("added_tokens");
    for (int id = 0; id < vocabulary.tokens().size(); id++) {
      String token = vocabulary.tokens().get(id);
      if (List.of(BpeTrainer.PAD, vocabulary.start(), vocabulary.end()).contains(token)) {
        added
            .addObject()
            .put("id", id)
            .put("content", token)
            .put("special", true)
            .put("single_word", false)
            .put("lstrip", false)
            .put("rstrip", false)
            .put("normalized", false);
      }
    }
    putNormalizer(root.putObject("normalizer"));
    putSplitter(root.putObject("pre_tokenizer"));
    ObjectNode processor = root.putObject("post_processor").put("type", "RobertaProcessing");
    int end = vocabulary.tokens().size() - 1;
    processor.putArray("sep").add(vocabulary.end()).add(end);
    processor
        .putArray("cls")
        .add(vocabulary.start())
        .add(vocabulary.tokens().indexOf(vocabulary.start()));
    processor.put("trim_offsets", false).put("add_prefix_space", false);
    putByteLevel(root.putObject("decoder"));
    ObjectNode model =
        root.putObject("model")
            .put("type", "BPE")
            .put("unk_token", vocabulary.end())
            .put("end_of_word_suffix", ByteSymbols.WORD_END);
    ObjectNode ids = model.putObject("vocab");
    for (int id = 0; id < vocabulary.tokens().size(); id++) {
      ids.put(vocabulary.tokens().get(id), id);
    }
    ArrayNode merges = model.putArray("merges");
    vocabulary.merges().forEach(merge -> merges.add(merge.left() + " " + merge.right()));
    return MAPPER.writeValueAsBytes(root);
  }

  private static void putNormalizer(ObjectNode normalizer) {
    ArrayNode steps = normalizer.put("type", "Sequence").putArray("normalizers");
    steps.addObject().put("type", "NFC");
    steps
        .addObject()
        .put("type", "Replace")
        .put("content", " ")
        .putObject("pattern")
        .put("Regex", "\\s+");
    steps.addObject().put("type", "Lowercase");
  }

  private static void putSplitter(ObjectNode splitter) {
    ArrayNode steps = splitter.put("type", "Sequence").putArray("pretokenizers");
    steps
        .addObject()
        .put("type", "Split")
        .put("behavior", "Removed")
        .put("invert", true)
        .putObject("pattern")
        .put("Regex", "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+");
    putByteLevel(steps.addObject());
  }

  private static void putByteLevel(ObjectNode step) {
    step.put("type", "ByteLevel").put("add_prefix_space", false).put("trim_offsets", true);
  }

  private static List<String> tokens(JsonNode vocabulary) throws IOException {
    @Nullable String[] tokens = new @Nullable String[vocabulary.size()];
    for (var entry : vocabulary.properties()) {
      int id = entry.getValue().asInt(-1);
      if (id < 0 || id >= tokens.length || tokens[id] != null) {
        throw new IOException(
            "Expected each id from 0 to %d once in model.vocab, but '%s' has %s"
                .formatted(tokens.length - 1, entry.getKey(), entry.getValue()));
      }
      tokens[id] = entry.getKey();
    }
    List<String> all = new ArrayList<>(tokens.length);
    Arrays.stream(tokens).forEach(token -> all.add(java.util.Objects.requireNonNull(token)));
    return all;
  }

  private static String first(List<String> names, List<String> tokens) throws IOException {
    return names.stream()
        .filter(tokens::contains)
        .findFirst()
        .orElseThrow(() -> new IOException("Expected one of " + names + " in model.vocab"));
  }
}
