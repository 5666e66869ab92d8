package org.everclip.clip.training;

/**
 * The losses as TorchScript methods; each works in the precision of its arguments. Sources: CLIP's
 * symmetric contrastive loss; MobileCLIP Eq. 2 as a divergence, and in the cross-entropy form of
 * its training code, with the teachers' distributions averaged after the softmax; CoCa's captioning
 * loss; SigLIP's sigmoid loss; MUSCLE's term with the parent ({@link Compatibility}).
 */
final class LossSource {

  /** Methods without indentation. */
  static final String METHODS =
      """
      def unit(self, x: Tensor) -> Tensor:
        return x / torch.clamp_min(torch.linalg_vector_norm(x, 2, [1], True), 1e-12)

      def logits(self, s: Tensor, u: Tensor, v: Tensor) -> Tensor:
        return s * torch.matmul(u, torch.t(v))

      def contrastive(self, z: Tensor) -> Tensor:
        rows = torch.mean(torch.diagonal(torch.log_softmax(z, 1)))
        columns = torch.mean(torch.diagonal(torch.log_softmax(z, 0)))
        return (rows + columns) * -0.5

      def sigmoid(self, z: Tensor) -> Tensor:
        matched = torch.sum(torch.diagonal(torch.log_sigmoid(z)))
        others = torch.sum(torch.log_sigmoid(-z)) - torch.sum(torch.diagonal(torch.log_sigmoid(-z)))
        return -(matched + others) / float(z.size(0))

      def teachers(self, scales: Tensor, u: List[Tensor], v: List[Tensor]) -> Tensor:
        mean = torch.softmax(self.logits(scales[0], u[0], v[0]), 1)
        for k in range(1, len(u)):
          mean = mean + torch.softmax(self.logits(scales[k], u[k], v[k]), 1)
        return mean / float(len(u))

      def crossentropy(self, p: Tensor, z: Tensor) -> Tensor:
        return -torch.mean(torch.sum(p * torch.log_softmax(z, 1), [1]))

      def distill(self, scales: Tensor, u: List[Tensor], v: List[Tensor], z: Tensor) -> Tensor:
        rows = self.crossentropy(self.teachers(scales, u, v), z)
        columns = self.crossentropy(self.teachers(scales, v, u), torch.t(z))
        return (rows + columns) * 0.5

      def divergence(self, scales: Tensor, u: List[Tensor], v: List[Tensor], z: Tensor) -> Tensor:
        logq = torch.log_softmax(z, 1)
        total = torch.zeros_like(torch.detach(logq[0, 0]))
        for k in range(len(u)):
          logp = torch.log_softmax(self.logits(scales[k], u[k], v[k]), 1)
          total = total + torch.mean(torch.sum(torch.exp(logp) * (logp - logq), [1]))
        return total / float(len(u))

      def distill_divergence(self, scales: Tensor, u: List[Tensor], v: List[Tensor], z: Tensor) -> Tensor:
        rows = self.divergence(scales, u, v, z)
        columns = self.divergence(scales, v, u, torch.t(z))
        return (rows + columns) * 0.5

      def compatible(self, t: float, everywhere: bool, parent: Tensor, teachers: List[Tensor], z: Tensor) -> Tensor:
        logq = torch.log_softmax(z / t, 1)
        logp = torch.log_softmax(parent / t, 1)
        each = torch.sum(torch.exp(logp) * (logp - logq), [1])
        if not everywhere:
          answers = torch.argmax(torch.detach(z), 1)
          wrong = torch.type_as(torch.ne(answers, torch.arange(z.size(0))), z)
          each = each * wrong
          if len(teachers) > 0:
            p = teachers[0]
            other = torch.sum(torch.xlogy(p, p) - p * logq, [1])
            each = each + other * (1. - wrong)
        return torch.mean(each)

      def compatibility(self, t: float, everywhere: bool, parent: Tensor, rows: List[Tensor], columns: List[Tensor], z: Tensor) -> Tensor:
        of_rows = self.compatible(t, everywhere, parent, rows, z)
        of_columns = self.compatible(t, everywhere, torch.t(parent), columns, torch.t(z))
        return (of_rows + of_columns) * 0.5

      def captioning(self, z: Tensor, ids: Tensor, smoothing: float) -> Tensor:
        logp = torch.log_softmax(torch.to(z, 6), 2)
        mask = torch.to(torch.ne(ids, 0), 6)
        at = torch.unsqueeze(ids, 2)
        hit = torch.squeeze(torch.gather(logp, 2, at), 2)
        spread = torch.mean(logp, [2])
        each = hit * (1. - smoothing) + spread * smoothing
        return -torch.sum(each * mask) / torch.clamp_min(torch.sum(mask), 1.)
      """;

  private LossSource() {}
}
