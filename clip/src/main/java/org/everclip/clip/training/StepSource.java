package org.everclip.clip.training;

import java.util.List;
import java.util.stream.Collectors;
import org.everclip.clip.training.Objective.Kind;

/**
 * The whole training step as one TorchScript method: forward, loss, gradients, clipping, AdamW,
 * clamped logit scale, running average. It calls the network's own methods.
 *
 * <p>Lists: {@code d, n} parameters with and without decay, {@code b} buffers, {@code a, v} first
 * and second moments, {@code t} step counters, {@code e} running averages, {@code ti, tr, ts}
 * teachers' rows of pictures, real and synthetic captions. {@code h} holds learning rate, decay,
 * largest norm and weight of the running average. Everything that changes arrives in a list
 * argument.
 */
final class StepSource {

  static final String REAL = "step";
  static final String REAL_AND_SYNTHETIC = "step_both";

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
          for i in range(len(b)):
            torch.copy_(b[i], kept[i])
      """;

  private final ParameterGroups groups;
  private final boolean hasBuffers;
  private final Objective objective;

  StepSource(ParameterGroups groups, boolean hasBuffers, Objective objective) {
    this.groups = groups;
    this.hasBuffers = hasBuffers;
    this.objective = objective;
  }

  /** The methods that extend the network's, indented. */
  String methods() {
    String methods = LossSource.METHODS + "\n" + update() + "\n" + step(false);
    if (objective.kind() == Kind.REINFORCED) {
      methods += "\n" + step(true);
    }
    return methods.indent(2);
  }

  private String step(boolean both) {
    return """
    def %s(self, d: List[Tensor], n: List[Tensor], b: List[Tensor], %s, \
    ed: List[Tensor], en: List[Tensor], eb: List[Tensor]%s, x: Tensor, ids: Tensor%s%s, h: Tensor) -> Tensor:
      p = [%s]%s
      s = torch.exp(n[%d])
    %s\
      norm = self.update(loss, d, n, ad, an, vd, vn, td, tn, h)
      if bool(torch.isfinite(norm)):
        torch._foreach_lerp_(ed, [torch.detach(t) for t in d], float(h[3]))
        torch._foreach_lerp_(en, [torch.detach(t) for t in n], float(h[3]))
    %s\
      after = torch.exp(torch.detach(n[%d]))
      measured = [torch.detach(loss), torch.detach(clip), torch.detach(other), norm, after]
      return torch.stack([torch.to(t, 7) for t in measured])
    """
        .formatted(
            both ? REAL_AND_SYNTHETIC : REAL,
            STATE,
            objective.distills()
                ? ", ti: List[Tensor], tr: List[Tensor]" + (both ? ", ts: List[Tensor]" : "")
                : "",
            both ? ", syn: Tensor" : "",
            objective.distills() ? ", scales: Tensor" : "",
            String.join(", ", groups.places()),
            hasBuffers ? "\n  kept = torch._foreach_add(b, 0.)" : "",
            groups.logitScale(),
            loss(both).indent(2),
            hasBuffers ? AVERAGE_OR_RESTORE_BUFFERS : "",
            groups.logitScale());
  }

  private String loss(boolean both) {
    if (objective.kind() == Kind.COCA) {
      return captionLoss();
    }
    if (objective.kind() == Kind.SIGMOID) {
      return sigmoidLoss();
    }
    List<String> sets = both ? List.of("r", "y") : List.of("r");
    StringBuilder text = new StringBuilder("u = self.unit(self.image(p, b, x, True))\n");
    text.append(
        both
            ? """
              w = self.unit(self.text(p, b, torch.cat([ids, syn]), True))
              zr = self.logits(s, u, w[:ids.size(0)])
              zy = self.logits(s, u, w[ids.size(0):])
              """
            : "zr = self.logits(s, u, self.unit(self.text(p, b, ids, True)))\n");
    text.append("clip = ")
        .append(
            sets.stream()
                .map("self.contrastive(z%s)"::formatted)
                .collect(Collectors.joining(" + ")))
        .append('\n');
    if (!objective.distills()) {
      return text.append("other = torch.zeros_like(clip)\nloss = clip\n").toString();
    }
    String distill =
        switch (objective.distillation()) {
          case CROSS_ENTROPY -> "self.distill";
          case DIVERGENCE -> "self.distill_divergence";
        };
    return text.append("other = " + distill + "(scales, ti, tr, zr)")
        .append(both ? " + " + distill + "(scales, ti, ts, zy)\n" : "\n")
        .append(
            "loss = clip * %s + other * %s\n".formatted(1 - objective.lambda(), objective.lambda()))
        .toString();
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

  private String sigmoidLoss() {
    return """
    u = self.unit(self.image(p, b, x, True))
    clip = self.sigmoid(self.logits(s, u, self.unit(self.text(p, b, ids, True))) + n[%d])
    other = torch.zeros_like(clip)
    loss = clip
    """
        .formatted(groups.logitBias());
  }

  private String update() {
    AdamW adam = objective.optimizer();
    String settings =
        "lr=float(h[0]), beta1=%s, beta2=%s, weight_decay=%%s, eps=%s, amsgrad=False, maximize=False"
            .formatted(adam.beta1(), adam.beta2(), decimal(adam.epsilon()));
    return """
    def update(self, loss: Tensor, d: List[Tensor], n: List[Tensor], %s, h: Tensor) -> Tensor:
      found = torch.grad([loss], torch.add(d, n), None, None, False, True)
      grads = annotate(List[Tensor], [])
      for i in range(len(found)):
        one = found[i]
        if one is not None:
          grads.append(torch.contiguous(one))
        else:
          grads.append(torch.zeros_like(torch.detach(torch.add(d, n)[i])))
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
