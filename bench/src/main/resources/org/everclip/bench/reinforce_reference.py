"""The reference's side of ReinforceOverhead: pictures -> augmented views and captions -> one teacher's embeddings.

The loop that data sets are reinforced with elsewhere: worker processes decode and augment, the model embeds batches.
Needs torch, torchvision, open_clip, safetensors. Prints pairs a second after the warm-up.
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
size, vocabulary = 224, cfg.get("text_cfg", {}).get("vocab_size", 49408)
tokenizer = open_clip.get_tokenizer("ViT-B-16")
tail = [v2.PILToTensor(), v2.ToDtype(torch.float32, scale=True), v2.Normalize((.48145466, .4578275, .40821073), (.26862954, .26130258, .27577711))]
plain = v2.Compose([v2.Resize(size), v2.CenterCrop(size), *tail])
augment = v2.Compose([v2.RandomResizedCrop(size, (.6, 1), antialias=True), v2.RandomHorizontalFlip(),
                      v2.RandomApply([v2.RandAugment(1, 5)], .5), *tail])


class Pairs(torch.utils.data.Dataset):
    files = sorted(glob.glob(os.path.join(folder, "*.jpg")))

    def __len__(self):
        return warm + pairs

    def __getitem__(self, i):
        picture = Image.open(self.files[i % len(self.files)]).convert("RGB")
        views = torch.stack([plain(picture)] + [augment(picture) for _ in range(a)])
        return views, tokenizer([f"Two things side by side, picture {i}, said in way {c}" for c in range(s + 1)]) % vocabulary


loader = torch.utils.data.DataLoader(Pairs(), batch_size=32, num_workers=1)
done, begin = 0, None
with torch.inference_mode():
    for views, texts in loader:
        if begin is None and done >= warm:
            begin, counted = time.time(), done
        for rows in views.flatten(0, 1).split(32):
            model.encode_image(rows.to(dtype), normalize=True).to(torch.bfloat16)
        for rows in texts.flatten(0, 1).split(32):
            model.encode_text(rows, normalize=True).to(torch.bfloat16)
        done += len(views)
print((done - counted) / (time.time() - begin), torch.__version__)
