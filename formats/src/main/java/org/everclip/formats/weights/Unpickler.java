package org.everclip.formats.weights;

import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.everclip.formats.weights.Pickled.None;
import org.everclip.formats.weights.Pickled.Storage;
import org.everclip.formats.weights.Pickled.Tuple;

/**
 * Reads pickles of protocol 2 as {@code torch.save} writes them for tensors, with the operations
 * and names such pickles need and no other. It loops and never recurses; numbers of operations,
 * values and remembered values are bounded, so a hostile pickle costs tens of megabytes at most.
 */
final class Unpickler {
  private static final int MAX_OPERATIONS = 10_000_000;
  private static final int MAX_CONTAINERS = 300_000;
  private static final int MAX_STACK = 200_000;
  private static final int MAX_MEMO = 1_000_000;
  private static final int MAX_LINE = 200;
  private static final int PROTOCOL = 2;

  private final ByteBuffer in;
  private final List<Object> stack = new ArrayList<>();
  private final Deque<Integer> marks = new ArrayDeque<>();
  private final Map<Integer, Object> memo = new HashMap<>();
  private final Set<Storage> storages;
  private int containers;

  private Unpickler(ByteBuffer in, Set<Storage> storages) {
    this.in = in;
    this.storages = storages;
  }

  /**
   * Reads one pickle from the buffer's position and leaves the buffer behind it.
   *
   * @param storages takes every storage that is mentioned
   */
  static Object read(ByteBuffer in, Set<Storage> storages) throws WeightFileException {
    in.order(ByteOrder.LITTLE_ENDIAN);
    try {
      return new Unpickler(in, storages).run();
    } catch (BufferUnderflowException cut) {
      throw new WeightFileException("its pickle is cut off or too long", cut);
    }
  }

  private Object run() throws WeightFileException {
    for (int i = 0; i < MAX_OPERATIONS; i++) {
      int operation = in.get() & 0xff;
      if (operation == '.') {
        Object result = pop();
        require(stack.isEmpty() && marks.isEmpty(), "ends with values left over");
        return result;
      }
      perform(operation);
      require(stack.size() <= MAX_STACK, "nests or lists too much");
    }
    throw wrong("has more than " + MAX_OPERATIONS + " operations");
  }

  private void perform(int operation) throws WeightFileException {
    switch (operation) {
      case 0x80 -> {
        int protocol = in.get();
        require(protocol == PROTOCOL, "is of protocol " + protocol + ", expected 2");
      }
      case 'c' -> push(TorchGlobals.require(line(), line()));
      case 'i' -> throw TorchGlobals.refused(line(), line());
      case '(' -> {
        require(marks.size() < MAX_STACK, "nests too much");
        marks.push(stack.size());
      }
      case ')' -> push(tuple(List.of()));
      case 't' -> push(tuple(popMarked()));
      case 0x85, 0x86, 0x87 -> push(tuple(popLast(operation - 0x84)));
      case '}' -> push(container(new LinkedHashMap<>()));
      case ']' -> push(container(new ArrayList<>()));
      case 's' -> put(popLast(2));
      case 'u' -> put(popMarked());
      case 'a' -> append(popLast(1));
      case 'e' -> append(popMarked());
      case 'q' -> remember(in.get() & 0xff);
      case 'r' -> remember(in.getInt());
      case 'h' -> recall(in.get() & 0xff);
      case 'j' -> recall(in.getInt());
      case 'R' -> {
        Object arguments = pop();
        push(container(TorchGlobals.call(pop(), arguments)));
      }
      case 'b' -> {
        pop();
        require(top() instanceof Map, "sets the state of something that is no dictionary");
      }
      case 'Q' -> {
        Storage storage = TorchGlobals.storage(pop());
        storages.add(storage);
        push(container(storage));
      }
      default -> push(scalar(operation));
    }
  }

  private Object scalar(int operation) throws WeightFileException {
    return switch (operation) {
      case 'X' -> text();
      case 'J' -> (long) in.getInt();
      case 'K' -> (long) (in.get() & 0xff);
      case 'M' -> (long) (in.getShort() & 0xffff);
      case 0x8a -> whole();
      case 'G' -> Double.longBitsToDouble(Long.reverseBytes(in.getLong()));
      case 0x88 -> true;
      case 0x89 -> false;
      case 'N' -> None.NONE;
      default ->
          throw wrong("has the operation 0x%02x, which no tensor needs".formatted(operation));
    };
  }

  private String text() throws WeightFileException {
    int length = in.getInt();
    require(length >= 0 && length <= in.remaining(), "has a text longer than itself");
    byte[] bytes = new byte[length];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private Object whole() {
    byte[] bytes = new byte[in.get() & 0xff];
    for (int i = bytes.length - 1; i >= 0; i--) {
      bytes[i] = in.get();
    }
    BigInteger value = bytes.length == 0 ? BigInteger.ZERO : new BigInteger(bytes);
    return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
  }

  private String line() throws WeightFileException {
    StringBuilder line = new StringBuilder();
    for (char c = (char) (in.get() & 0xff); c != '\n'; c = (char) (in.get() & 0xff)) {
      require(line.length() < MAX_LINE, "has an endless name");
      line.append(c);
    }
    return line.toString();
  }

  private Tuple tuple(List<Object> items) throws WeightFileException {
    Tuple tuple = new Tuple(items);
    container(tuple);
    return tuple;
  }

  private Object container(Object container) throws WeightFileException {
    require(++containers <= MAX_CONTAINERS, "makes more than " + MAX_CONTAINERS + " objects");
    return container;
  }

  private void put(List<Object> pairs) throws WeightFileException {
    require(pairs.size() % 2 == 0, "has a key without a value");
    require(top() instanceof Map, "puts into something that is no dictionary");
    @SuppressWarnings("unchecked")
    Map<Object, Object> dictionary = (Map<Object, Object>) top();
    for (int i = 0; i < pairs.size(); i += 2) {
      Object key = pairs.get(i);
      require(key instanceof String || key instanceof Long, "has a key that is no text or number");
      require(
          dictionary.put(key, pairs.get(i + 1)) == null,
          "has a key twice: " + TorchGlobals.shown(key));
    }
  }

  private void append(List<Object> items) throws WeightFileException {
    require(top() instanceof List, "appends to something that is no list");
    @SuppressWarnings("unchecked")
    List<Object> list = (List<Object>) top();
    list.addAll(items);
  }

  private void remember(int index) throws WeightFileException {
    require(memo.size() < MAX_MEMO, "remembers more than " + MAX_MEMO + " values");
    memo.put(index, top());
  }

  private void recall(int index) throws WeightFileException {
    Object value = memo.get(index);
    if (value == null) {
      throw wrong("recalls value " + index + ", which it never had");
    }
    push(value);
  }

  private void push(Object value) {
    stack.add(value);
  }

  private Object top() throws WeightFileException {
    require(stack.size() > floor(), "takes from an empty stack");
    return stack.get(stack.size() - 1);
  }

  private Object pop() throws WeightFileException {
    Object value = top();
    stack.remove(stack.size() - 1);
    return value;
  }

  private List<Object> popMarked() throws WeightFileException {
    require(!marks.isEmpty(), "closes what it did not open");
    int mark = marks.pop();
    return take(mark);
  }

  private List<Object> popLast(int count) throws WeightFileException {
    require(stack.size() - count >= floor(), "takes from an empty stack");
    return take(stack.size() - count);
  }

  private List<Object> take(int from) {
    List<Object> tail = stack.subList(from, stack.size());
    List<Object> taken = List.copyOf(tail);
    tail.clear();
    return taken;
  }

  private int floor() {
    return marks.isEmpty() ? 0 : marks.element();
  }

  private static void require(boolean condition, String otherwise) throws WeightFileException {
    if (!condition) {
      throw wrong(otherwise);
    }
  }

  private static WeightFileException wrong(String what) {
    return new WeightFileException("its pickle " + what + ". " + TorchGlobals.ADVICE);
  }
}
