package org.everclip.dashboard.view;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.everclip.contracts.Periods;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.registry.AliasMove;
import org.everclip.contracts.registry.FileEntry;
import org.everclip.contracts.registry.Manifest;
import org.everclip.contracts.registry.SignedManifest;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.dashboard.feed.ReadModel;
import org.jspecify.annotations.Nullable;

/** The registry's versions with what was decided about each. */
final class VersionsView {

  private static final int MAX_CHECKED = 10_000;
  private static final int FINGERPRINT_DIGITS = 16;

  /** What a list and the lineage need. */
  record Line(
      int version,
      @Nullable Integer parent,
      int round,
      long steps,
      Instant created,
      List<String> aliases,
      boolean retired,
      String commit,
      String architecture,
      String periods,
      @Nullable Boolean promoted) {}

  /**
   * @param older how many versions come before the listed ones
   */
  record Model(
      String model,
      @Nullable Integer main,
      int total,
      int older,
      List<Line> versions,
      List<AliasMove> moves) {}

  record Versions(String trouble, String alias, List<Model> models) {}

  /**
   * Whether a version is what was signed.
   *
   * @param authentic the signature belongs to the manifest and the key
   * @param chained the manifest names its predecessor's digest; null when that is not known here
   * @param key beginning of the public key's SHA-256
   * @param sameKey the predecessor was signed with the same key; null when that is not known here
   */
  record Signature(
      boolean authentic, @Nullable Boolean chained, String key, @Nullable Boolean sameKey) {}

  /** All about one version; {@code registry} and {@code repository} are where to get it. */
  record One(
      String model,
      Line line,
      @Nullable Integer main,
      @Nullable Integer before,
      @Nullable Integer after,
      String decision,
      Signature signature,
      String reinforcementVersion,
      List<String> licences,
      List<FileEntry> files,
      Map<String, Long> dataCursor,
      Map<String, Object> details,
      String manifest,
      List<AliasMove> moves,
      String registry,
      String repository) {}

  private final ReadModel model;
  private final Decisions decisions;
  private final String registry;
  private final String organization;

  /** Checking a signature takes a millisecond, and what was signed does not change. */
  private final Map<SignedManifest, Boolean> authentic = new ConcurrentHashMap<>();

  /**
   * A view.
   *
   * @param registry its address
   * @param organization of its Hub repositories
   */
  VersionsView(ReadModel model, Decisions decisions, String registry, String organization) {
    this.model = model;
    this.decisions = decisions;
    this.registry = registry;
    this.organization = organization;
  }

  /**
   * Newest first.
   *
   * @param limit at most so many a model
   * @param before only versions below this number; 0 for the newest
   */
  Versions versions(int limit, int before) {
    var models = new ArrayList<Model>();
    model.versions().forEach((name, all) -> models.add(list(name, all, limit, before)));
    return new Versions(model.registryTrouble(), decisions.alias(), models);
  }

  private Model list(String name, List<VersionInfo> all, int limit, int before) {
    Map<Integer, Decisions.Verdict> verdicts = decisions.of(name);
    var newest = new ArrayList<Line>();
    int older = 0;
    for (int i = all.size() - 1; i >= 0; i--) {
      VersionInfo info = all.get(i);
      if (before != 0 && info.version() >= before) {
        continue;
      }
      if (newest.size() < limit) {
        newest.add(line(info, verdicts.get(info.version())));
      } else {
        older++;
      }
    }
    var moves = new ArrayList<>(model.aliasMoves().getOrDefault(name, List.of()));
    Collections.reverse(moves);
    return new Model(name, decisions.main(name), all.size(), older, newest, moves);
  }

  private static Line line(VersionInfo info, Decisions.@Nullable Verdict verdict) {
    Manifest manifest = info.manifest();
    Object periods = manifest.details().get("periods");
    return new Line(
        info.version(),
        manifest.parent(),
        manifest.round(),
        manifest.steps(),
        manifest.created(),
        info.aliases(),
        info.retired(),
        info.commit(),
        String.valueOf(manifest.details().getOrDefault("architecture", "")),
        periods instanceof Map<?, ?> pairs
            ? pairs.keySet().stream()
                .map(String::valueOf)
                .sorted(Periods.BY_TIME)
                .collect(Collectors.joining(", "))
            : "",
        verdict == null ? null : verdict.promoted());
  }

  /** Empty when there is no such version. */
  Optional<One> one(String name, int version) {
    List<VersionInfo> all = model.versions().getOrDefault(name, List.of());
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).version() == version) {
        return Optional.of(
            one(
                name,
                all.get(i),
                i == 0 ? null : all.get(i - 1),
                i + 1 == all.size() ? null : all.get(i + 1)));
      }
    }
    return Optional.empty();
  }

  private One one(
      String name, VersionInfo info, @Nullable VersionInfo before, @Nullable VersionInfo after) {
    Manifest manifest = info.manifest();
    Decisions.Verdict verdict = decisions.of(name).get(info.version());
    var moves =
        new ArrayList<>(
            model.aliasMoves().getOrDefault(name, List.of()).stream()
                .filter(
                    move ->
                        move.version() == info.version()
                            || Integer.valueOf(info.version()).equals(move.previous()))
                .toList());
    Collections.reverse(moves);
    return new One(
        name,
        line(info, verdict),
        decisions.main(name),
        before == null ? null : before.version(),
        after == null ? null : after.version(),
        verdict == null ? "not decided yet" : verdict.text(),
        signature(info, before),
        manifest.reinforcementVersion(),
        manifest.licences(),
        manifest.files(),
        new TreeMap<>(manifest.dataCursor()),
        manifest.details(),
        info.signed(),
        moves,
        registry,
        organization + "/" + name);
  }

  private Signature signature(VersionInfo info, @Nullable VersionInfo before) {
    Boolean chained = null;
    if (before != null && before.version() == info.version() - 1) {
      chained = info.manifest().previousDigest().equals(before.signedManifest().digest());
    } else if (info.version() == 1) {
      chained = info.manifest().previousDigest().isEmpty();
    }
    return new Signature(
        isAuthentic(info.signedManifest()),
        chained,
        Sha256.hex(info.publicKey()).substring(0, FINGERPRINT_DIGITS),
        before == null ? null : before.publicKey().equals(info.publicKey()));
  }

  private boolean isAuthentic(SignedManifest manifest) {
    if (authentic.size() > MAX_CHECKED) {
      authentic.clear();
    }
    return authentic.computeIfAbsent(manifest, SignedManifest::isAuthentic);
  }
}
