package org.everclip.clip.network;

/**
 * The TorchScript methods that all networks share. Data type 6 is float32, 15 bfloat16; memory
 * format 2, channels last, propagates from the input.
 */
final class Prelude {

  private Prelude() {}

  /** The methods for operands of a precision. */
  static String of(Precision precision, Lowering lowering) {
    boolean narrow = precision == Precision.BF16;
    var cast = narrow ? BF16 : FP32;
    if (lowering == Lowering.CPU_INFERENCE) {
      return cast + PACKED + (narrow ? PRODUCT_ATTENTION : FUSED_ATTENTION) + COMMON;
    }
    return cast + (narrow ? BF16_CONVOLUTION : CONVOLUTION) + GENERAL + FUSED_ATTENTION + COMMON;
  }

  private static final String FP32 =
      """
        def cast(self, t: Tensor) -> Tensor:
          return t
        def image_input(self, x: Tensor) -> Tensor:
          return torch.contiguous(x, memory_format=2)
      """;

  private static final String BF16 =
      """
        def cast(self, t: Tensor) -> Tensor:
          return torch.to(t, 15)
        def image_input(self, x: Tensor) -> Tensor:
          return torch.contiguous(torch.to(x, 15), memory_format=2)
      """;

  /**
   * A dense 1x1 convolution with a stride sees every second pixel only, so these are taken first:
   * the gradient of the strided form writes outside of its memory where there are 16 output
   * channels or fewer (oneDNN of PyTorch 2.7.1; measured).
   */
  private static final String CONVOLUTION =
      """
        def conv(self, x: Tensor, w: Tensor, stride: int, ph: int, pw: int, groups: int) -> Tensor:
          if w.size(3) == 1 and stride > 1 and groups == 1:
            return torch.conv2d(self.every(x, stride), w, None, [1, 1], [0, 0], [1, 1], groups)
          return torch.conv2d(x, w, None, [stride, stride], [ph, pw], [1, 1], groups)
      """;

  /**
   * The gradient of a grouped convolution with a stride takes 3 to 10 times as long in bfloat16 as
   * in float32 (measured), so those stay in float32.
   */
  private static final String BF16_CONVOLUTION =
      """
        def conv(self, x: Tensor, w: Tensor, stride: int, ph: int, pw: int, groups: int) -> Tensor:
          if w.size(3) == 1 and stride > 1 and groups == 1:
            y = torch.conv2d(self.cast(self.every(x, stride)), self.cast(w), None, [1, 1], [0, 0], [1, 1], groups)
          elif groups > 1 and stride > 1:
            y = torch.conv2d(torch.to(x, 6), torch.to(w, 6), None, [stride, stride], [ph, pw], [1, 1], groups)
          else:
            y = torch.conv2d(self.cast(x), self.cast(w), None, [stride, stride], [ph, pw], [1, 1], groups)
          return self.cast(y)
      """;

  private static final String GENERAL =
      """
        def every(self, x: Tensor, stride: int) -> Tensor:
          return torch.contiguous(x[:, :, ::stride, ::stride], memory_format=2)
        def packed_conv(self, w: Tensor, stride: int, ph: int, pw: int, groups: int) -> Tensor:
          return torch.contiguous(self.cast(w), memory_format=2)
        def packed_linear(self, w: Tensor) -> Tensor:
          return self.cast(w)
        def biased_conv(self, x: Tensor, w: Tensor, b: Tensor, stride: int, ph: int, pw: int, groups: int) -> Tensor:
          return torch.conv2d(self.cast(x), self.cast(w), self.cast(b), [stride, stride], [ph, pw], [1, 1], groups)
        def biased_conv_gelu(self, x: Tensor, w: Tensor, b: Tensor, stride: int, ph: int, pw: int, groups: int) -> Tensor:
          return self.gelu(self.biased_conv(x, w, b, stride, ph, pw, groups))
        def linear(self, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
          return torch.linear(self.cast(x), self.cast(w), self.cast(b) if b is not None else None)
        def linear_gelu(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
          return self.gelu(self.linear(x, w, b))
      """;

  /**
   * A convolution that makes two channels of each is two depthwise ones, even and odd channels:
   * oneDNN has fast kernels for these only (measured: 1.4 to 4.6 times as fast).
   */
  private static final String PACKED =
      """
        def depthwise(self, x: Tensor, w: Tensor, b: Optional[Tensor], stride: int, ph: int, pw: int, groups: int) -> Tensor:
          return ops.mkldnn._convolution_pointwise(x, torch.contiguous(w), b, [ph, pw], [stride, stride], [1, 1], groups, "none", [], "")
        def packed_conv(self, w: Tensor, stride: int, ph: int, pw: int, groups: int) -> Tensor:
          w = torch.contiguous(self.cast(w), memory_format=2)
          return ops.mkldnn._reorder_convolution_weight(w, [ph, pw], [stride, stride], [1, 1], groups)
        def packed_linear(self, w: Tensor) -> Tensor:
          return ops.mkldnn._reorder_linear_weight(torch.contiguous(self.cast(w)))
        def conv(self, x: Tensor, w: Tensor, stride: int, ph: int, pw: int, groups: int) -> Tensor:
          return ops.mkldnn._convolution_pointwise(self.cast(x), w, None, [ph, pw], [stride, stride], [1, 1], groups, "none", [], "")
        def biased_conv(self, x: Tensor, w: Tensor, b: Tensor, stride: int, ph: int, pw: int, groups: int) -> Tensor:
          return ops.mkldnn._convolution_pointwise(self.cast(x), w, b, [ph, pw], [stride, stride], [1, 1], groups, "none", [], "")
        def biased_conv_gelu(self, x: Tensor, w: Tensor, b: Tensor, stride: int, ph: int, pw: int, groups: int) -> Tensor:
          return ops.mkldnn._convolution_pointwise(self.cast(x), w, b, [ph, pw], [stride, stride], [1, 1], groups, "gelu", [], "none")
        def linear(self, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
          return ops.mkldnn._linear_pointwise(self.cast(x), w, b, "none", [], "")
        def linear_gelu(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
          return ops.mkldnn._linear_pointwise(self.cast(x), w, b, "gelu", [], "none")
        def doubling_conv(self, x: Tensor, w: Tensor, b: Optional[Tensor], stride: int, ph: int, pw: int, groups: int) -> Tensor:
          x = self.cast(x)
          w = self.cast(w)
          even = self.depthwise(x, w[0::2], self.every_other(b, 0), stride, ph, pw, groups)
          odd = self.depthwise(x, w[1::2], self.every_other(b, 1), stride, ph, pw, groups)
          pairs = torch.stack([torch.permute(even, [0, 2, 3, 1]), torch.permute(odd, [0, 2, 3, 1])], 4)
          return torch.permute(torch.flatten(pairs, 3), [0, 3, 1, 2])
        def every_other(self, b: Optional[Tensor], first: int) -> Optional[Tensor]:
          return torch.contiguous(self.cast(b[first::2])) if b is not None else None
      """;

  /** Attention in float32: in bfloat16 its gradient takes 9 times as long (measured). */
  private static final String FUSED_ATTENTION =
      """
        def attention(self, q: Tensor, k: Tensor, v: Tensor, causal: bool, mask: Optional[Tensor]) -> Tensor:
          return torch.scaled_dot_product_attention(torch.to(q, 6), torch.to(k, 6), torch.to(v, 6), mask, 0., causal)
      """;

  /** As two products in bfloat16, which take half the time of the fused operator (measured). */
  private static final String PRODUCT_ATTENTION =
      """
        def attention(self, q: Tensor, k: Tensor, v: Tensor, causal: bool, mask: Optional[Tensor]) -> Tensor:
          z = torch.matmul(self.cast(q) * (float(q.size(3)) ** -0.5), torch.transpose(self.cast(k), 2, 3))
          if causal:
            seen = torch.tril(torch.ones_like(z[0, 0], dtype=11))
            z = torch.masked_fill(z, torch.logical_not(seen), float("-inf"))
          if mask is not None:
            z = torch.masked_fill(z, torch.logical_not(mask), float("-inf"))
          return torch.matmul(torch.softmax(z, -1), self.cast(v))
      """;

  private static final String COMMON =
      """
        def gelu(self, x: Tensor) -> Tensor:
          return torch.gelu(x)
        def linear_quick_gelu(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
          y = self.linear(x, w, b)
          return y * torch.sigmoid(1.702 * y)
        def product(self, x: Tensor, w: Tensor) -> Tensor:
          return torch.to(torch.matmul(self.cast(x), self.cast(w)), 6)
        def batch_norm(self, x: Tensor, w: Tensor, b: Tensor, mean: Tensor, var: Tensor, training: bool) -> Tensor:
          return torch.batch_norm(x, w, b, mean, var, training, 0.1, 1e-05, False)
        def norm_factor(self, w: Tensor, var: Tensor) -> Tensor:
          return w * torch.rsqrt(var + 1e-05)
        def rows_times(self, w: Tensor, factor: Tensor) -> Tensor:
          return w * torch.reshape(factor, [-1, 1, 1, 1])
        def heads(self, x: Tensor, heads: int) -> Tensor:
          return self.split(torch.to(x, 6), heads)
        def split(self, x: Tensor, heads: int) -> Tensor:
          return torch.transpose(torch.reshape(x, [x.size(0), x.size(1), heads, -1]), 1, 2)
        def attend(self, q: Tensor, k: Tensor, v: Tensor, heads: int, causal: bool, mask: Optional[Tensor]) -> Tensor:
          y = self.attention(self.split(q, heads), self.split(k, heads), self.split(v, heads), causal, mask)
          return torch.reshape(torch.transpose(y, 1, 2), [q.size(0), q.size(1), -1])
        def attend_self(self, qkv: Tensor, heads: int, causal: bool, mask: Optional[Tensor]) -> Tensor:
          parts = torch.chunk(qkv, 3, -1)
          return self.attend(parts[0], parts[1], parts[2], heads, causal, mask)
        def attend_first(self, qkv: Tensor, heads: int) -> Tensor:
          parts = torch.chunk(qkv, 3, -1)
          return self.attend(torch.slice(parts[0], 1, 0, 1), parts[1], parts[2], heads, False, None)
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
