package org.everclip.formats.weights;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.everclip.formats.archive.ArchiveException;
import org.everclip.formats.archive.ByteSource;
import org.everclip.formats.archive.ZipDirectory;
import org.everclip.formats.archive.ZipMember;
import org.everclip.formats.weights.Pickled.Storage;
import org.everclip.formats.weights.Pickled.View;

/**
 * The two containers of {@code torch.save}: a zip archive, and before torch 1.6 five pickles
 * followed by the storages (reference: weight files).
 *
 * @param state the tensors
 * @param positions where each storage begins in the file
 */
record TorchContainer(StateDict state, Map<Storage, Long> positions) {
  static final BigInteger LEGACY_MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  static final Long LEGACY_VERSION = 1001L;

  private static final int MAX_PICKLE_BYTES = 32 << 20;
  private static final String PICKLE = "/data.pkl";

  static TorchContainer read(ByteSource source) throws IOException {
    try {
      return ZipDirectory.isZip(source) ? readZip(source) : readLegacy(source);
    } catch (ArchiveException broken) {
      throw new WeightFileException(String.valueOf(broken.getMessage()), broken);
    }
  }

  private static TorchContainer readZip(ByteSource source) throws IOException {
    ZipDirectory zip = ZipDirectory.read(source);
    Optional<String> pickle =
        zip.members().keySet().stream()
            .filter(name -> name.endsWith(PICKLE) && name.indexOf('/') == name.lastIndexOf('/'))
            .findFirst();
    if (pickle.isEmpty()) {
      throw new WeightFileException(
          "it is a zip archive, but not of torch.save: expected a member <name>/data.pkl");
    }
    String top = pickle.get().substring(0, pickle.get().length() - PICKLE.length());
    refusePrograms(zip, top);
    refuseBigEndian(zip, top);
    ZipMember member = member(zip, pickle.get());
    Object root =
        Unpickler.read(ByteBuffer.wrap(zip.bytes(member, MAX_PICKLE_BYTES)), new HashSet<>());
    StateDict state = StateDict.of(root);
    Map<Storage, Long> positions = new HashMap<>();
    for (View view : state.tensors().values()) {
      Storage storage = view.storage();
      if (!positions.containsKey(storage)) {
        positions.put(storage, position(member(zip, top + "/data/" + storage.key()), storage));
      }
    }
    return new TorchContainer(state, positions);
  }

  private static void refusePrograms(ZipDirectory zip, String top) throws WeightFileException {
    boolean program =
        zip.members().containsKey(top + "/constants.pkl")
            || zip.members().keySet().stream().anyMatch(name -> name.startsWith(top + "/code/"));
    if (program) {
      throw new WeightFileException(
          "it is a TorchScript program (as OpenAI publishes CLIP), not a dictionary of tensors;"
              + " programs are never run. If you trust it, load it with torch.jit.load and save"
              + " its state dict with safetensors:"
              + " safetensors.torch.save_file(model.state_dict(), \"model.safetensors\")");
    }
  }

  private static void refuseBigEndian(ZipDirectory zip, String top) throws IOException {
    ZipMember order = zip.members().get(top + "/byteorder");
    if (order != null && zip.bytes(order, 16).length != "little".length()) {
      throw new WeightFileException("it was written on a big-endian machine; save it on another");
    }
  }

  private static ZipMember member(ZipDirectory zip, String name) throws WeightFileException {
    ZipMember member = zip.members().get(name);
    if (member == null) {
      throw new WeightFileException("its member '" + name + "' is missing");
    }
    if (!member.stored()) {
      throw new WeightFileException(
          "its member '" + name + "' is compressed, expected it stored as torch.save does");
    }
    return member;
  }

  private static long position(ZipMember member, Storage storage) throws WeightFileException {
    long expected = storage.elements() * storage.type().size();
    if (member.size() != expected) {
      throw new WeightFileException(
          "member '"
              + member.name()
              + "': expected "
              + expected
              + " bytes for its storage, got "
              + member.size());
    }
    return member.offset();
  }

  private static TorchContainer readLegacy(ByteSource source) throws IOException {
    ByteBuffer head = source.slice(0, (int) Math.min(source.size(), MAX_PICKLE_BYTES));
    Set<Storage> storages = new LinkedHashSet<>();
    if (!LEGACY_MAGIC.equals(Unpickler.read(head, storages))) {
      throw new WeightFileException(
          "it is a pickle, but not of torch.save. " + TorchGlobals.ADVICE);
    }
    Object version = Unpickler.read(head, storages);
    if (!LEGACY_VERSION.equals(version)) {
      throw new WeightFileException(
          "expected version 1001 of torch's old form, got " + TorchGlobals.shown(version));
    }
    if (Unpickler.read(head, storages) instanceof Map<?, ?> system
        && Boolean.FALSE.equals(system.get("little_endian"))) {
      throw new WeightFileException("it was written on a big-endian machine; save it on another");
    }
    StateDict state = StateDict.of(Unpickler.read(head, storages));
    if (!(Unpickler.read(head, new HashSet<>()) instanceof List<?> keys)) {
      throw new WeightFileException("expected the list of its storages, got something else");
    }
    return new TorchContainer(state, legacyPositions(source, head.position(), keys, storages));
  }

  private static Map<Storage, Long> legacyPositions(
      ByteSource source, long start, List<?> keys, Set<Storage> storages) throws IOException {
    Map<String, Storage> missing = new LinkedHashMap<>();
    for (Storage storage : storages) {
      if (missing.put(storage.key(), storage) != null) {
        throw new WeightFileException("a storage is described in two ways");
      }
    }
    Map<Storage, Long> positions = new HashMap<>();
    long at = start;
    for (Object key : keys) {
      Storage storage = key instanceof String name ? missing.remove(name) : null;
      if (storage == null) {
        throw new WeightFileException(
            "its storage " + TorchGlobals.shown(key) + " belongs to no tensor, or comes twice");
      }
      long elements = source.slice(at, Long.BYTES).getLong();
      if (elements != storage.elements()) {
        throw new WeightFileException(
            "storage " + key + ": expected " + storage.elements() + " values, got " + elements);
      }
      long length = elements * storage.type().size();
      ByteSource.check(at + Long.BYTES, length, source.size());
      positions.put(storage, at + Long.BYTES);
      at += Long.BYTES + length;
    }
    if (!missing.isEmpty()) {
      throw new WeightFileException("storages are missing, " + missing.size() + " of them");
    }
    return positions;
  }
}
