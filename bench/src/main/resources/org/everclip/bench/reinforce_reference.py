"""The reference's side of ReinforceOverhead: pictures -> augmented views and captions -> one teacher's embeddings.

The loop that data sets are reinforced with elsewhere: worker processes decode and augment, a CoCa writes captions, the model
embeds batches. The CoCa has the sizes of the demo's captioner and random weights, so that its captions have the full length.
Needs torch, torchvision, open_clip, transformers, safetensors. Prints pairs a second after the warm-up.
"""
import glob, json, os, sys, time
import torch, open_clip, safetensors.torch
from PIL import Image
from torchvision.transforms import v2

folder, weights, config, precision, threads, a, s, pairs, warm = sys.argv[1:10]
threads, a, s, pairs, warm = int(threads), int(a), int(s), int(pairs), int(warm)
torch.set_num_threads(threads)
cfg = json.loads(config)
model = open_clip.create_model("ViT-B-16", **cfg)
model.load_state_dict(safetensors.torch.load_file(weights), strict=False)
dtype = torch.bfloat16 if precision == "bf16" else torch.float32
model = model.eval().to(dtype)
captioner = open_clip.CoCa(
    embed_dim=128,
    vision_cfg={"image_size": 64, "patch_size": 8, "width": 128, "layers": 3, "head_width": 32, "attentional_pool": True,
                "attn_pooler_queries": 16, "attn_pooler_heads": 4, "output_tokens": True},
    text_cfg={"context_length": 32, "vocab_size": 4096, "width": 128, "heads": 4, "layers": 2, "embed_cls": True,
              "output_tokens": True},
    multimodal_cfg={"context_length": 32, "vocab_size": 4096, "width": 128, "heads": 4, "layers": 2, "attn_pooler_heads": 4},
).eval().to(dtype)
decoding = {"generation_type": "top_p", "top_p": 0.9, "temperature": 0.7, "min_seq_len": 5, "seq_len": 20, "max_seq_len": 32,
            "sot_token_id": 4094, "eos_token_id": 4095}
size, vocabulary = 224, cfg.get("text_cfg", {}).get("vocab_size", 49408)
tokenizer = open_clip.get_tokenizer("ViT-B-16")
tail = [v2.PILToTensor(), v2.ToDtype(torch.float32, scale=True), v2.Normalize((.48145466, .4578275, .40821073), (.26862954, .26130258, .27577711))]
plain = v2.Compose([v2.Resize(size), v2.CenterCrop(size), *tail])
small = v2.Compose([v2.Resize(64), v2.CenterCrop(64), *tail])
augment = v2.Compose([v2.RandomResizedCrop(size, (.6, 1), antialias=True), v2.RandomHorizontalFlip(),
                      v2.RandomApply([v2.RandAugment(1, 5)], .5), *tail])


class Pairs(torch.utils.data.Dataset):
    files = sorted(glob.glob(os.path.join(folder, "*.jpg")))

    def __len__(self):
        return warm + pairs

    def __getitem__(self, i):
        picture = Image.open(self.files[i % len(self.files)]).convert("RGB")
        views = torch.stack([plain(picture)] + [augment(picture) for _ in range(a)])
        return views, small(picture), tokenizer([f"Two things side by side, picture {i}, said in way {c}" for c in range(s + 1)]) % vocabulary


loader = torch.utils.data.DataLoader(Pairs(), batch_size=32, num_workers=1)
done, begin = 0, None
with torch.inference_mode():
    for views, pictures, texts in loader:
        if begin is None and done >= warm:
            begin, counted = time.time(), done
        for _ in range(s):
            captioner.generate(pictures.to(dtype), **decoding)
        for rows in views.flatten(0, 1).split(32):
            model.encode_image(rows.to(dtype), normalize=True).to(torch.bfloat16)
        for rows in texts.flatten(0, 1).split(32):
            model.encode_text(rows, normalize=True).to(torch.bfloat16)
        done += len(views)
print((done - counted) / (time.time() - begin), torch.__version__)
