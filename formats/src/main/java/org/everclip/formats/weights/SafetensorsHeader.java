package org.everclip.formats.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The checked header of a safetensors file: names once, shapes that fit their bytes, and tensors
 * that cover the data block without gap or overlap.
 */
record SafetensorsHeader(Map<String, TensorInfo> tensors, Map<String, String> metadata) {
  static final int MAX_BYTES = 25_000_000;
  private static final String METADATA = "__metadata__";
  private static final int MAX_DIMENSIONS = 16;
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** Parses the JSON; {@code dataStart} is where the data block begins in a file of that size. */
  static SafetensorsHeader parse(byte[] json, long dataStart, long fileSize) throws IOException {
    JsonNode root = tree(json);
    Map<String, String> metadata = new LinkedHashMap<>();
    List<TensorInfo> inOrder = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : root.properties()) {
      if (entry.getKey().equals(METADATA)) {
        readMetadata(entry.getValue(), metadata);
      } else {
        inOrder.add(tensor(entry.getKey(), entry.getValue(), dataStart, fileSize - dataStart));
      }
    }
    checkCover(inOrder, dataStart, fileSize);
    Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    inOrder.forEach(info -> tensors.put(info.name(), info));
    return new SafetensorsHeader(
        Collections.unmodifiableMap(tensors), Collections.unmodifiableMap(metadata));
  }

  private static JsonNode tree(byte[] json) throws WeightFileException {
    try {
      JsonNode root = JSON.readTree(json);
      if (root != null && root.isObject()) {
        return root;
      }
      throw new WeightFileException("the header is no JSON object");
    } catch (JsonProcessingException broken) {
      throw new WeightFileException(
          "the header is not valid JSON: " + broken.getOriginalMessage(), broken);
    } catch (WeightFileException own) {
      throw own;
    } catch (IOException broken) {
      throw new WeightFileException("the header cannot be read", broken);
    }
  }

  private static void readMetadata(JsonNode node, Map<String, String> metadata)
      throws WeightFileException {
    if (!node.isObject()) {
      throw new WeightFileException(METADATA + " is no object of texts");
    }
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      if (!entry.getValue().isTextual()) {
        throw new WeightFileException(METADATA + "." + entry.getKey() + " is no text");
      }
      metadata.put(entry.getKey(), entry.getValue().textValue());
    }
  }

  private static TensorInfo tensor(String name, JsonNode node, long dataStart, long dataSize)
      throws WeightFileException {
    String dtype = node.path("dtype").asText();
    Dtype type = Dtype.named(dtype).orElse(null);
    if (type == null) {
      throw new WeightFileException(
          "tensor "
              + name
              + ": unknown dtype '"
              + dtype
              + "', known are "
              + Arrays.toString(Dtype.values()));
    }
    long[] shape = numbers(name, "shape", node.path("shape"));
    long[] offsets = numbers(name, "data_offsets", node.path("data_offsets"));
    if (offsets.length != 2 || offsets[0] > offsets[1] || offsets[1] > dataSize) {
      throw new WeightFileException(
          "tensor " + name + ": data_offsets do not lie in the " + dataSize + " bytes of data");
    }
    long expected = type.size();
    try {
      for (long side : shape) {
        expected = Math.multiplyExact(expected, side);
      }
    } catch (ArithmeticException overflow) {
      throw new WeightFileException("tensor " + name + ": its shape overflows", overflow);
    }
    long length = offsets[1] - offsets[0];
    if (length != expected) {
      throw new WeightFileException(
          "tensor " + name + ": expected " + expected + " bytes for its shape, got " + length);
    }
    return new TensorInfo(name, dtype, shape, dataStart + offsets[0], length);
  }

  private static long[] numbers(String name, String field, JsonNode node)
      throws WeightFileException {
    if (!node.isArray() || node.size() > MAX_DIMENSIONS) {
      throw new WeightFileException(
          "tensor " + name + ": " + field + " is no list of at most 16 numbers");
    }
    long[] numbers = new long[node.size()];
    for (int i = 0; i < numbers.length; i++) {
      JsonNode number = node.get(i);
      if (!number.isIntegralNumber() || !number.canConvertToLong() || number.longValue() < 0) {
        throw new WeightFileException(
            "tensor " + name + ": " + field + " holds " + number + ", expected counts");
      }
      numbers[i] = number.longValue();
    }
    return numbers;
  }

  private static void checkCover(List<TensorInfo> tensors, long dataStart, long fileSize)
      throws WeightFileException {
    List<TensorInfo> sorted = new ArrayList<>(tensors);
    sorted.sort(Comparator.comparingLong(TensorInfo::offset).thenComparingLong(TensorInfo::length));
    long next = dataStart;
    for (TensorInfo tensor : sorted) {
      if (tensor.offset() != next) {
        throw new WeightFileException(
            "tensor "
                + tensor.name()
                + " leaves a gap or overlaps: expected byte "
                + next
                + ", got "
                + tensor.offset());
      }
      next += tensor.length();
    }
    if (next != fileSize) {
      throw new WeightFileException(
          "expected the tensors to end with the file at byte "
              + fileSize
              + ", they end at "
              + next);
    }
  }
}
