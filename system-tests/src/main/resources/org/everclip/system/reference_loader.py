"""The reference's training loader on shards of ours, for ExportProof. Usage: reference_loader.py JOB.json

JOB: reference (a checkout of ml-mobileclip), shards, config, views, out. The loader's function is taken from the patch that the reference's
training applies to open_clip, its transforms from the folder beside; shards are read as that patch does, with webdataset.
"""
import hashlib
import importlib.util
import itertools
import json
import os
import re
import sys
import types

import numpy as np
import torch
import torchvision
import webdataset as wds


def module(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


def loader_function(patch):
    """preprocess_dr, whose lines the patch adds one after the other."""
    lines = open(patch).readlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("+def preprocess_dr("))
    added = [line[1:] for line in itertools.takewhile(lambda line: line.startswith("+"), lines[start:])]
    scope = {"np": np, "torch": torch, "re": re}
    exec("".join(added), scope)
    return scope["preprocess_dr"]


def digest(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def main():
    job = json.load(open(sys.argv[1]))
    training = os.path.join(job["reference"], "training")
    for package in ("open_clip_train", "open_clip_train.dr"):
        sys.modules[package] = types.ModuleType(package)
        sys.modules[package].__path__ = []
    module("open_clip_train.dr.transforms_base", os.path.join(training, "dr", "transforms_base.py"))
    transforms = module("open_clip_train.dr.transforms", os.path.join(training, "dr", "transforms.py"))
    preprocess_dr = loader_function(os.path.join(training, "open_clip_v2.patch"))

    config = json.load(open(job["config"]))["reinforce"]["image_augmentation"]
    normalize = config["normalize"]
    mean, std = np.array(normalize["mean"]), np.array(normalize["std"])
    composed = transforms.compose_from_config(config)
    rows = []
    for view in range(job["views"]):
        epoch = types.SimpleNamespace(get_value=lambda view=view: view)
        pipeline = wds.DataPipeline(
            wds.SimpleShardList(job["shards"]),
            wds.tarfile_to_samples(),
            wds.decode("pilrgba"),
            wds.rename(image="jpg;png;jpeg;webp", text="txt"),
        )
        for sample in pipeline:
            got = preprocess_dr(
                sample, composed, lambda text: [text], False, False, 0.0, True, epoch, "^syn_text.*$")
            pixels = np.rint((got["image"].numpy().transpose(1, 2, 0) * std + mean) * 255).astype(np.uint8)
            rows.append({
                "key": sample["__key__"],
                "view": view,
                "pixels": digest(pixels),
                "text": got["text"],
                "syn_text": got["syn_text"],
                "image_emb": digest(got["image_emb"].numpy()),
                "text_emb": digest(got["text_emb"].numpy()),
                "syn_text_emb": digest(got["syn_text_emb"].numpy()),
            })
    versions = "torch %s, torchvision %s, webdataset %s" % (torch.__version__, torchvision.__version__, wds.__version__)
    json.dump({"versions": versions, "rows": rows}, open(job["out"], "w"))


main()
