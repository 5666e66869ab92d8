package org.everclip.clip.network;

/** The TorchScript methods that all networks share. */
final class Prelude {

  private Prelude() {}

  /** Data type 6 is float32. */
  static final String FP32 =
      """
        def cast(self, t: Tensor) -> Tensor:
          return t
        def image_input(self, x: Tensor) -> Tensor:
          return torch.contiguous(x, memory_format=2)
        def conv(self, x: Tensor, w: Tensor, stride: int, ph: int, pw: int, groups: int) -> Tensor:
          if w.size(3) == 1 and stride > 1 and groups == 1:
            return torch.conv2d(self.cast(self.every(x, stride)), self.cast(w), None, [1, 1], [0, 0], [1, 1], groups)
          return torch.conv2d(self.cast(x), self.cast(w), None, [stride, stride], [ph, pw], [1, 1], groups)
        def biased_conv(self, x: Tensor, w: Tensor, b: Tensor, stride: int, ph: int, pw: int, groups: int) -> Tensor:
          return torch.conv2d(self.cast(x), self.cast(w), self.cast(b), [stride, stride], [ph, pw], [1, 1], groups)
      """;

  /**
   * Data type 15 is bfloat16; memory format 2, channels last, propagates from the input. The
   * gradient of a grouped convolution with a stride takes 3 to 10 times as long in bfloat16 as in
   * float32 (measured), so those stay in float32.
   */
  static final String BF16 =
      """
        def cast(self, t: Tensor) -> Tensor:
          return torch.to(t, 15)
        def image_input(self, x: Tensor) -> Tensor:
          return torch.contiguous(torch.to(x, 15), memory_format=2)
        def conv(self, x: Tensor, w: Tensor, stride: int, ph: int, pw: int, groups: int) -> Tensor:
          if w.size(3) == 1 and stride > 1 and groups == 1:
            y = torch.conv2d(self.cast(self.every(x, stride)), self.cast(w), None, [1, 1], [0, 0], [1, 1], groups)
          elif groups > 1 and stride > 1:
            y = torch.conv2d(torch.to(x, 6), torch.to(w, 6), None, [stride, stride], [ph, pw], [1, 1], groups)
          else:
            y = torch.conv2d(self.cast(x), self.cast(w), None, [stride, stride], [ph, pw], [1, 1], groups)
          return self.cast(y)
        def biased_conv(self, x: Tensor, w: Tensor, b: Tensor, stride: int, ph: int, pw: int, groups: int) -> Tensor:
          return torch.conv2d(self.cast(x), self.cast(w), self.cast(b), [stride, stride], [ph, pw], [1, 1], groups)
      """;

  /**
   * A dense 1x1 convolution with a stride sees every second pixel only, so these are taken first:
   * the gradient of the strided form writes outside of its memory where there are 16 output
   * channels or fewer (oneDNN of PyTorch 2.7.1; measured).
   *
   * <p>Attention itself is in float32: in bfloat16 its gradient takes 9 times as long (measured).
   */
  static final String COMMON =
      """
        def every(self, x: Tensor, stride: int) -> Tensor:
          return torch.contiguous(x[:, :, ::stride, ::stride], memory_format=2)
        def linear(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
          return torch.linear(self.cast(x), self.cast(w), self.cast(b))
        def gelu(self, x: Tensor) -> Tensor:
          return torch.gelu(x)
        def biased_conv_gelu(self, x: Tensor, w: Tensor, b: Tensor, stride: int, ph: int, pw: int, groups: int) -> Tensor:
          return self.gelu(self.biased_conv(x, w, b, stride, ph, pw, groups))
        def linear_gelu(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
          return self.gelu(self.linear(x, w, b))
        def linear_quick_gelu(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
          y = self.linear(x, w, b)
          return y * torch.sigmoid(1.702 * y)
        def product(self, x: Tensor, w: Tensor) -> Tensor:
          return torch.to(torch.matmul(self.cast(x), self.cast(w)), 6)
        def batch_norm(self, x: Tensor, w: Tensor, b: Tensor, mean: Tensor, var: Tensor, training: bool) -> Tensor:
          return torch.batch_norm(x, w, b, mean, var, training, 0.1, 1e-05, False)
        def heads(self, x: Tensor, heads: int) -> Tensor:
          return torch.transpose(torch.reshape(torch.to(x, 6), [x.size(0), x.size(1), heads, -1]), 1, 2)
        def attend(self, q: Tensor, k: Tensor, v: Tensor, heads: int, causal: bool, mask: Optional[Tensor]) -> Tensor:
          y = torch.scaled_dot_product_attention(self.heads(q, heads), self.heads(k, heads), self.heads(v, heads), mask, 0., causal)
          return torch.reshape(torch.transpose(y, 1, 2), [q.size(0), q.size(1), -1])
        def attend_self(self, qkv: Tensor, heads: int, causal: bool, mask: Optional[Tensor]) -> Tensor:
          parts = torch.chunk(qkv, 3, -1)
          return self.attend(parts[0], parts[1], parts[2], heads, causal, mask)
        def end_position(self, x: Tensor, ids: Tensor) -> Tensor:
          return torch.to(x[torch.arange(x.size(0)), torch.argmax(ids, -1)], 6)
        def image_sequence(self, x: Tensor) -> Tensor:
          return torch.transpose(torch.flatten(x, 2), 1, 2)
        def sequence_image(self, x: Tensor, like: Tensor) -> Tensor:
          return torch.reshape(torch.transpose(x, 1, 2), [like.size(0), like.size(1), like.size(2), like.size(3)])
        def squeeze_excite(self, x: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> Tensor:
          z = torch.mean(x, [2, 3], True)
          z = torch.relu(self.biased_conv(z, w1, b1, 1, 0, 0, 1))
          return x * torch.sigmoid(self.biased_conv(z, w2, b2, 1, 0, 0, 1))
      """;
}
