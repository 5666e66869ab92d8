package org.everclip.dashboard.view;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
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

  record Version(
      int version,
      @Nullable Integer parent,
      int round,
      long steps,
      Instant created,
      List<String> aliases,
      boolean retired,
      String commit,
      boolean authentic,
      String reinforcementVersion,
      List<String> licences,
      List<FileEntry> files,
      Map<String, Long> dataCursor,
      Map<String, Object> details,
      @Nullable Boolean promoted,
      String decision) {}

  record Model(
      String model,
      @Nullable Integer main,
      int total,
      List<Version> versions,
      List<AliasMove> moves) {}

  record Versions(String trouble, String repositoryBase, List<Model> models) {}

  private final ReadModel model;
  private final Decisions decisions;
  private final String repositoryBase;

  /** Checking a signature takes a millisecond, and what was signed does not change. */
  private final Map<SignedManifest, Boolean> authentic = new ConcurrentHashMap<>();

  VersionsView(ReadModel model, Decisions decisions, String repositoryBase) {
    this.model = model;
    this.decisions = decisions;
    this.repositoryBase = repositoryBase;
  }

  /** Newest first, at most so many a model. */
  Versions versions(int limit) {
    var models = new ArrayList<Model>();
    model
        .versions()
        .forEach(
            (name, all) -> {
              Map<Integer, Decisions.Verdict> verdicts = decisions.of(name);
              var newest = new ArrayList<Version>();
              for (int i = all.size() - 1; i >= 0 && newest.size() < limit; i--) {
                newest.add(version(all.get(i), verdicts.get(all.get(i).version())));
              }
              var moves = new ArrayList<>(model.aliasMoves().getOrDefault(name, List.of()));
              java.util.Collections.reverse(moves);
              models.add(new Model(name, decisions.main(name), all.size(), newest, moves));
            });
    return new Versions(model.registryTrouble(), repositoryBase, models);
  }

  private boolean isAuthentic(SignedManifest manifest) {
    if (authentic.size() > MAX_CHECKED) {
      authentic.clear();
    }
    return authentic.computeIfAbsent(manifest, SignedManifest::isAuthentic);
  }

  private Version version(VersionInfo info, Decisions.@Nullable Verdict verdict) {
    Manifest manifest = info.manifest();
    return new Version(
        info.version(),
        manifest.parent(),
        manifest.round(),
        manifest.steps(),
        manifest.created(),
        info.aliases(),
        info.retired(),
        info.commit(),
        isAuthentic(info.signedManifest()),
        manifest.reinforcementVersion(),
        manifest.licences(),
        manifest.files(),
        new TreeMap<>(manifest.dataCursor()),
        manifest.details(),
        verdict == null ? null : verdict.promoted(),
        verdict == null ? "not decided yet" : verdict.text());
  }
}
