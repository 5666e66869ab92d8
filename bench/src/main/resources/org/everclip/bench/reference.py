"""The reference's side of ModelSpeed: one line in, one line out. Needs torch, open_clip, safetensors."""
import copy, os, sys, time
import torch, torch.nn.functional as F, open_clip, safetensors.torch, timm
from timm.utils import reparameterize_model

sys.stdout, answers = sys.stderr, sys.stdout
name, folder = sys.argv[1:3]
torch.manual_seed(1)
torch.set_num_threads(1)
trained = open_clip.create_model(name).train()
size = trained.visual.image_size if isinstance(trained.visual.image_size, int) else trained.visual.image_size[0]


def raw(file, tensor):
    tensor.contiguous().numpy().tofile(os.path.join(folder, file))


def inputs(batch):
    generator = torch.Generator().manual_seed(batch)
    pixels = torch.randn(batch, 3, size, size, generator=generator)
    return pixels, torch.randint(1, 49000, (2 * batch, 77), generator=generator)


def prepare(batch):
    """Statistics of a batch, so that activations have the size that they have in a trained model."""
    x, ids = inputs(batch)
    for module in trained.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
    with torch.no_grad():
        trained(x, ids[:batch])
    for module in trained.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 0.1
    state = {k: v.contiguous() for k, v in trained.state_dict().items() if not k.endswith("attn_mask")}
    safetensors.torch.save_file(state, os.path.join(folder, "weights.safetensors"))
    plain = model("fp32", "nchw")
    with torch.inference_mode():
        raw("pixels", x), raw("ids", ids[:batch])
        raw("image", plain.encode_image(x, normalize=True)), raw("text", plain.encode_text(ids[:batch], normalize=True))


def model(precision, layout):
    m = copy.deepcopy(trained).eval()
    if "Mobile" in name:
        m = reparameterize_model(m)
    m = m.to(torch.bfloat16 if precision == "bf16" else torch.float32)
    return m.to(memory_format=torch.channels_last) if layout == "cl" else m


def embedding(kind, precision, layout, batch):
    m = model(precision, layout)
    x, ids = inputs(batch)
    x = x.to(m.logit_scale.dtype)
    x = x.contiguous(memory_format=torch.channels_last) if layout == "cl" else x
    def run():
        with torch.inference_mode():
            m.encode_image(x, normalize=True) if kind == "image" else m.encode_text(ids[:batch], normalize=True)
    return run


class EverySecond(torch.nn.Conv2d):
    """The same function; torch's own gradient of a strided 1x1 in channels_last corrupts memory (2.7 to 2.15)."""

    def forward(self, x):
        return F.conv2d(x[:, :, ::2, ::2].contiguous(memory_format=torch.channels_last), self.weight)


def step(precision, layout, batch):
    """Equations 2 and 3: contrastive and distilled, for real and for synthetic captions; two teachers."""
    m = trained
    x, ids = inputs(batch)
    if layout == "cl":
        m, x = m.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
        for c in m.modules():
            if isinstance(c, torch.nn.Conv2d) and c.kernel_size == (1, 1) and c.stride == (2, 2) and c.groups == 1:
                c.__class__ = EverySecond
    ps = list(m.parameters())
    averages = [p.detach().clone() for p in ps]
    groups = [{"params": [p for p in ps if p.ndim > 1]}, {"params": [p for p in ps if p.ndim < 2], "weight_decay": 0.0}]
    adamw = torch.optim.AdamW(groups, lr=1e-4, betas=(0.9, 0.98), eps=1e-6, weight_decay=0.1, fused=True)
    teachers = [[F.normalize(torch.randn(batch, 768), dim=1) for _ in range(3)] for _ in range(2)]
    def targets(one, other):
        return sum(torch.softmax(50 * t[one] @ t[other].t(), 1) for t in teachers) / 2
    def distance(logits, i):
        p, q = targets(0, i), targets(i, 0)
        rows = -(p * F.log_softmax(logits, 1)).sum(1).mean()
        return (rows - (q * F.log_softmax(logits.t(), 1)).sum(1).mean()) / 2
    def run():
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            u, w = m.encode_image(x, normalize=True), m.encode_text(ids, normalize=True)
        u, w, scale = u.float(), w.float(), m.logit_scale.exp()
        at, loss = torch.arange(batch), 0
        for i, texts in enumerate((w[:batch], w[batch:])):
            z = scale * u @ texts.t()
            loss = loss + 0.3 * (F.cross_entropy(z, at) + F.cross_entropy(z.t(), at)) / 2 + 0.7 * distance(z, i + 1)
        adamw.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(ps, 1.0, foreach=True)
        adamw.step()
        with torch.no_grad():
            torch._foreach_lerp_(averages, ps, 0.01)
    return run


made = {}
print("torch", torch.__version__, "open_clip", open_clip.__version__, "timm", timm.__version__, file=answers, flush=True)
for line in sys.stdin:
    words = line.split()
    if words[0] == "prepare":
        prepare(int(words[1]))
        print("ok", file=answers, flush=True)
        continue
    kind, precision, layout, batch = words[0], words[1], words[2], int(words[3])
    if line not in made:
        made.clear()  # one case at a time, to save memory
        made[line] = step(precision, layout, batch) if kind == "step" else embedding(kind, precision, layout, batch)
    wall, cpu = time.perf_counter(), time.process_time()
    made[line]()
    print(time.perf_counter() - wall, time.process_time() - cpu, file=answers, flush=True)
