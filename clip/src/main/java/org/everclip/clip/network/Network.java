package org.everclip.clip.network;

import java.util.List;

/**
 * A network as TorchScript text and the tensors it takes. The text defines, on {@code self}:
 *
 * <pre>
 * image(self, p: List[Tensor], b: List[Tensor], x: Tensor, training: bool) -> Tensor
 * text(self, p: List[Tensor], b: List[Tensor], ids: Tensor, training: bool) -> Tensor
 * prepared(self, p: List[Tensor], b: List[Tensor]) -> List[Tensor]
 * </pre>
 *
 * where {@code p} are the {@link #parameters} and {@code b} the {@link #buffers} in order, {@code
 * x} is float32 [B,3,H,W], {@code ids} int64 [B,L], and the results are features [B,d] in float32,
 * not normalized; {@code prepared} returns parameters that are faster for repeated calls without
 * training; {@link Lowering#CPU_INFERENCE} takes no others. A captioner also defines
 *
 * <pre>
 * caption_logits(self, p, b, x: Tensor, ids: Tensor, training: bool) -> Tensor      [B,L,V]
 * image_and_tokens(self, p, b, x: Tensor, training: bool) -> Tuple[Tensor, Tensor]   [B,d], [B,Q,W]
 * text_and_tokens(self, p, b, ids: Tensor, training: bool) -> Tuple[Tensor, Tensor]  [B,d], [B,L,W]
 * decode(self, p, b, image_tokens: Tensor, text_tokens: Tensor, training: bool) -> Tensor  [B,L,V]
 * caption_memory(self, p, b, image_tokens: Tensor) -> List[Tensor]           keys, values of P pictures
 * caption_cache(self, p, b, rows: Tensor, places: Tensor) -> List[Tensor]    by the two lengths R, L
 * caption_next(self, p, b, cache: List[Tensor], memory: List[Tensor], ids: Tensor, place: Tensor)
 *     -> Tensor                                        [R] last ids, their place to [R,V] logits
 * </pre>
 *
 * {@code caption_next} is called for place 0, 1, and so on; it fills the cache in place. The R rows
 * are ordered by picture, R / P for each.
 *
 * <p>In training, batch norms use the batch's statistics and update {@code b} in place (momentum
 * 0.1). Immutable.
 */
public interface Network {

  String name();

  List<TensorSpec> parameters();

  /** Running means and variances of batch norms, in pairs. */
  List<TensorSpec> buffers();

  /** The methods above, to be extended by others and given to TorchScript. */
  String source();

  int imageSize();

  int contextLength();

  int vocabularySize();

  int embedDim();

  /** Whether the captioner's methods exist. */
  boolean captions();

  /** The position of {@code logit_scale} among the parameters. */
  default int logitScaleIndex() {
    return parameters().stream().map(TensorSpec::name).toList().indexOf("logit_scale");
  }
}
