"""open_clip's side of OpenClipProof. Usage: open_clip_side.py JOB.json

JOB: folder (or source, as open_clip calls it), images, texts, out; and for weights of open_clip's own making also create (a name that it knows, or a
model_cfg), preprocess_cfg, weights (name of the file) and seed. Writes {images: [[..]], texts: [[..]]} to out.
"""
import json
import math
import os
import sys

import open_clip
import torch
from PIL import Image


def fill(model, seed):
    """Random values under which every block counts: layer scales, statistics and biases far from their beginnings."""
    torch.manual_seed(seed)
    for name, tensor in model.state_dict().items():
        if not tensor.is_floating_point() or name == "logit_scale":
            continue
        u = torch.rand(tensor.shape) * 2 - 1
        last = name.rsplit(".", 1)[-1]
        if last == "running_var":
            u = 1 + 0.2 * u.abs()
        elif last == "gamma":
            u = 0.1 + 0.05 * u
        elif tensor.dim() == 1 and last == "weight":
            u = 1 + 0.1 * u
        elif tensor.dim() < 2:
            u = 0.1 * u
        elif "embedding" in name or "embed" in last or "token" in last:
            u = 0.3 * u
        else:
            u = u * math.sqrt(3 / math.prod(tensor.shape[1:]))
        tensor.copy_(u)


def create(job):
    config = job["create"]
    if isinstance(config, str):
        config = open_clip.get_model_config(config)
    os.makedirs(job["folder"], exist_ok=True)
    with open(os.path.join(job["folder"], "open_clip_config.json"), "w") as out:
        json.dump({"model_cfg": config, "preprocess_cfg": job["preprocess_cfg"]}, out)
    model = open_clip.create_model("local-dir:" + job["folder"], load_weights=False)
    fill(model, job["seed"])
    path = os.path.join(job["folder"], job["weights"])
    if path.endswith(".safetensors"):
        from safetensors.torch import save_file
        save_file({k: v.contiguous().clone() for k, v in model.state_dict().items()}, path)
    else:
        torch.save(model.state_dict(), path)


@torch.no_grad()
def main():
    with open(sys.argv[1]) as file:
        job = json.load(file)
    if "create" in job:
        create(job)
    source = job.get("source", "local-dir:" + job["folder"])
    model, _, preprocess = open_clip.create_model_and_transforms(source)
    tokenizer = open_clip.get_tokenizer(source)
    model.eval()
    pictures = torch.stack([preprocess(Image.open(path)) for path in job["images"]])
    result = {
        "images": model.encode_image(pictures, normalize=True).tolist(),
        "texts": model.encode_text(tokenizer(job["texts"]), normalize=True).tolist(),
        "versions": f"open_clip {open_clip.__version__}, torch {torch.__version__}",
    }
    with open(job["out"], "w") as out:
        json.dump(result, out)


main()
