package org.everclip.clip.training;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.everclip.clip.training.Objective.Kind;

/**
 * The whole training step as one TorchScript method: forward, loss, gradients, clipping, AdamW,
 * clamped logit scale, running average. It calls the network's own methods. There is one method for
 * each shape of batch ({@link #method}).
 *
 * <p>Lists: {@code d, n} parameters with and without decay, {@code b} buffers, {@code a, v} first
 * and second moments, {@code t} step counters, {@code e} running averages, {@code ti, tr, ts}
 * teachers' rows of pictures, real and synthetic captions, {@code o} the parent's. {@code h} holds
 * learning rate, decay, largest norm, weight of the running average, number of parts, the parent's
 * logit scale. Everything that changes arrives in a list argument.
 */
final class StepSource {

  /** CLIP's upper bound of the logit scale, ln 100. */
  private static final String MAX_LOG_SCALE = "4.605170185988092";

  private static final String STATE =
      "ad: List[Tensor], an: List[Tensor], vd: List[Tensor], vn: List[Tensor],"
          + " td: List[Tensor], tn: List[Tensor]";

  /** Ends the branch of a finite gradient; otherwise the batch must leave no trace. */
  private static final String AVERAGE_OR_RESTORE_BUFFERS =
      """
          torch._foreach_lerp_(eb, b, float(h[3]))
        else:
          self.restore(b, kept)
      """;

  private final ParameterGroups groups;
  private final boolean hasBuffers;
  private final Objective objective;

  StepSource(ParameterGroups groups, boolean hasBuffers, Objective objective) {
    this.groups = groups;
    this.hasBuffers = hasBuffers;
    this.objective = objective;
  }

  /** The method for batches with or without synthetic captions and the parent's rows. */
  static String method(boolean synthetic, boolean parent) {
    return "step" + (synthetic ? "_both" : "") + (parent ? "_with_parent" : "");
  }

  /** The methods that extend the network's, indented. */
  String methods() {
    var all = new ArrayList<>(List.of(LossSource.METHODS, common()));
    for (boolean synthetic :
        objective.kind() == Kind.REINFORCED ? List.of(false, true) : List.of(false)) {
      all.add(step(synthetic, false));
      if (objective.compatibility() != null) {
        all.add(step(synthetic, true));
      }
    }
    return String.join("\n", all).indent(2);
  }

  private String step(boolean both, boolean parent) {
    return """
    def %s(self, d: List[Tensor], n: List[Tensor], b: List[Tensor], %s, \
    ed: List[Tensor], en: List[Tensor], eb: List[Tensor]%s%s, x: Tensor, ids: Tensor%s%s, h: Tensor) -> Tensor:
      p = [%s]
      kept = %s
      s = torch.exp(n[%d])
      kin = torch.zeros_like(torch.detach(s))
    %s\
      norm = self.update(grads, d, n, ad, an, vd, vn, td, tn, h)
      if bool(torch.isfinite(norm)):
        torch._foreach_lerp_(ed, [torch.detach(t) for t in d], float(h[3]))
        torch._foreach_lerp_(en, [torch.detach(t) for t in n], float(h[3]))
    %s\
      after = torch.exp(torch.detach(n[%d]))
      measured = [torch.detach(loss), torch.detach(clip), torch.detach(other), norm, after, torch.detach(kin)]
      return torch.stack([torch.to(t, 7) for t in measured])
    """
        .formatted(
            method(both, parent),
            STATE,
            objective.distills()
                ? ", ti: List[Tensor], tr: List[Tensor]" + (both ? ", ts: List[Tensor]" : "")
                : "",
            parent ? ", o: List[Tensor]" : "",
            both ? ", syn: Tensor" : "",
            objective.distills() ? ", scales: Tensor" : "",
            String.join(", ", groups.places()),
            hasBuffers ? "torch._foreach_add(b, 0.)" : "annotate(List[Tensor], [])",
            groups.logitScale(),
            (objective.part() == 0 ? whole(both, parent) : inParts(both, parent)).indent(2),
            hasBuffers ? AVERAGE_OR_RESTORE_BUFFERS : "",
            groups.logitScale());
  }

  /** Forward, loss and gradients of all pairs at once. */
  private String whole(boolean both, boolean parent) {
    if (objective.kind() == Kind.COCA) {
      return captionLoss() + "grads = self.gradients(loss, d, n)\n";
    }
    return """
    u = self.unit(self.image(p, b, x, True))
    w = self.unit(self.text(p, b, %s, True))
    %s\
    grads = self.gradients(loss, d, n)
    """
        .formatted(both ? "torch.cat([ids, syn])" : "ids", loss(both, parent));
  }

  /**
   * Embeddings part by part without their graphs, the loss of all and its gradients with respect to
   * them; then each part again, and from these on to the parameters.
   */
  private String inParts(boolean both, boolean parent) {
    String texts = both ? "torch.cat([ids[lo:hi], syn[lo:hi]])" : "ids[lo:hi]";
    return """
    size = x.size(0)
    parts = int(h[4])
    us = annotate(List[Tensor], [])
    ws = annotate(List[Tensor], [])
    ys = annotate(List[Tensor], [])
    for i in range(parts):
      lo = size * i // parts
      hi = size * (i + 1) // parts
      us.append(torch.detach(self.unit(self.image(p, b, x[lo:hi], True))))
      wi = torch.detach(self.unit(self.text(p, b, %s, True)))
      ws.append(wi[:hi - lo])
      ys.append(wi[hi - lo:])
    self.restore(b, kept)
    u = torch.requires_grad_(torch.cat(us), True)
    w = torch.requires_grad_(torch.cat(torch.add(ws, ys)), True)
    %s\
    found = torch.grad([loss], [u, w, n[%d]%s], None, None, False, True)
    gu = self.known(found[0], u)
    gw = self.known(found[1], w)
    grads = [torch.zeros_like(torch.detach(t)) for t in torch.add(d, n)]
    for i in range(parts):
      lo = size * i // parts
      hi = size * (i + 1) // parts
      ui = self.unit(self.image(p, b, x[lo:hi], True))
      wi = self.unit(self.text(p, b, %s, True))
      gi = %s
      onward = torch.sum(ui * gu[lo:hi]) + torch.sum(wi * gi)
      grads = torch._foreach_add(grads, self.gradients(onward, d, n))
    %s\
    """
        .formatted(
            texts,
            loss(both, parent),
            groups.logitScale(),
            objective.kind() == Kind.SIGMOID ? ", n[%d]".formatted(groups.logitBias()) : "",
            texts,
            both ? "torch.cat([gw[lo:hi], gw[size + lo:size + hi]])" : "gw[lo:hi]",
            direct());
  }

  /** Adds the gradients that do not pass through the embeddings. */
  private String direct() {
    String line = "grads[len(d) + %d] = grads[len(d) + %1$d] + self.known(found[%d], n[%1$d])\n";
    return line.formatted(groups.logitScale(), 2)
        + (objective.kind() == Kind.SIGMOID ? line.formatted(groups.logitBias(), 3) : "");
  }

  /** From the embeddings {@code u} of pictures and {@code w} of captions, real ones first. */
  private String loss(boolean both, boolean parent) {
    if (objective.kind() == Kind.SIGMOID) {
      return """
      clip = self.sigmoid(self.logits(s, u, w) + n[%d])
      other = torch.zeros_like(clip)
      loss = clip
      """
          .formatted(groups.logitBias());
    }
    List<String> sets = both ? List.of("r", "y") : List.of("r");
    StringBuilder text = new StringBuilder();
    text.append(
        both
            ? """
              zr = self.logits(s, u, w[:ids.size(0)])
              zy = self.logits(s, u, w[ids.size(0):])
              """
            : "zr = self.logits(s, u, w)\n");
    text.append("clip = ").append(sum(sets, "self.contrastive(z%1$s)")).append('\n');
    if (objective.distills()) {
      String distill =
          switch (objective.distillation()) {
            case CROSS_ENTROPY -> "self.distill";
            case DIVERGENCE -> "self.distill_divergence";
          };
      text.append("other = ")
          .append(
              sets.stream()
                  .map(
                      set ->
                          distill
                              + "(scales, ti, t%s, z%s)"
                                  .formatted(set.equals("r") ? "r" : "s", set))
                  .collect(Collectors.joining(" + ")))
          .append('\n')
          .append(
              "loss = clip * %s + other * %s\n"
                  .formatted(1 - objective.lambda(), objective.lambda()));
    } else {
      text.append("other = torch.zeros_like(clip)\nloss = clip\n");
    }
    Compatibility term = objective.compatibility();
    return parent && term != null ? text + kinship(term, both) : text.toString();
  }

  private String kinship(Compatibility term, boolean both) {
    StringBuilder text = new StringBuilder("old = torch.to(h[5], 6)\n");
    String sum = "";
    for (int set = 0; set < (both ? 2 : 1); set++) {
      String logits = set == 0 ? "zr" : "zy";
      String captions = set == 0 ? "tr" : "ts";
      boolean taught = objective.distills() && term.mask() == Compatibility.Mask.WRONG;
      sum +=
          "%sself.compatibility(%s, %s, self.logits(old, o[0], o[%d]), %s, %s, %s)"
              .formatted(
                  set == 0 ? "" : " + ",
                  decimal(term.temperature()),
                  term.mask() == Compatibility.Mask.ALL ? "True" : "False",
                  set + 1,
                  taught
                      ? "[self.teachers(scales, ti, %s)]".formatted(captions)
                      : "annotate(List[Tensor], [])",
                  taught
                      ? "[self.teachers(scales, %s, ti)]".formatted(captions)
                      : "annotate(List[Tensor], [])",
                  logits);
    }
    return text + "kin = " + sum + "\nloss = loss + kin * " + decimal(term.weight()) + "\n";
  }

  private static String sum(List<String> sets, String term) {
    return sets.stream().map(term::formatted).collect(Collectors.joining(" + "));
  }

  private String captionLoss() {
    return """
    pictures, picture_tokens = self.image_and_tokens(p, b, x, True)
    captions, caption_tokens = self.text_and_tokens(p, b, ids, True)
    words = self.decode(p, b, picture_tokens, caption_tokens, True)
    clip = self.contrastive(self.logits(s, self.unit(pictures), self.unit(captions)))
    other = self.captioning(words[:, :-1], ids[:, 1:], %s)
    loss = clip + other * %s
    """
        .formatted(objective.labelSmoothing(), objective.captionWeight());
  }

  private String common() {
    AdamW adam = objective.optimizer();
    String settings =
        "lr=float(h[0]), beta1=%s, beta2=%s, weight_decay=%%s, eps=%s, amsgrad=False, maximize=False"
            .formatted(adam.beta1(), adam.beta2(), decimal(adam.epsilon()));
    return """
    def restore(self, b: List[Tensor], kept: List[Tensor]) -> None:
      for i in range(len(kept)):
        torch.copy_(b[i], kept[i])

    def known(self, grad: Optional[Tensor], like: Tensor) -> Tensor:
      if grad is not None:
        return torch.contiguous(grad)
      return torch.zeros_like(torch.detach(like))

    def gradients(self, loss: Tensor, d: List[Tensor], n: List[Tensor]) -> List[Tensor]:
      found = torch.grad([loss], torch.add(d, n), None, None, False, True)
      grads = annotate(List[Tensor], [])
      for i in range(len(found)):
        grads.append(self.known(found[i], torch.add(d, n)[i]))
      return grads

    def update(self, grads: List[Tensor], d: List[Tensor], n: List[Tensor], %s, h: Tensor) -> Tensor:
      norm = torch.linalg_vector_norm(torch.stack(torch._foreach_norm(grads)), 2)
      if bool(torch.isfinite(norm)):
        clipped = torch._foreach_mul(grads, torch.clamp_max(float(h[2]) / (norm + 1e-6), 1.))
        none = annotate(List[Tensor], [])
        torch._foreach_add_(td, 1.)
        torch._foreach_add_(tn, 1.)
        torch._fused_adamw_([torch.detach(t) for t in d], clipped[:len(d)], ad, vd, none, td, %s)
        torch._fused_adamw_([torch.detach(t) for t in n], clipped[len(d):], an, vn, none, tn, %s)
        torch.clamp_(torch.detach(n[%d]), 0., %s)
      return norm
    """
        .formatted(
            STATE,
            settings.formatted("float(h[1])"),
            settings.formatted("0."),
            groups.logitScale(),
            MAX_LOG_SCALE);
  }

  private static String decimal(double value) {
    return java.math.BigDecimal.valueOf(value).toPlainString();
  }
}
