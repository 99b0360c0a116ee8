"""Programs of well-known repositories, which work."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures, text
from doctor.harness.quality import classifies, evaluating, explained, right
from doctor.harness.recipe import Program, tutorial


@tutorial("https://github.com/karpathy/micrograd/blob/master/demo.ipynb")
def two_moons() -> Program:
    """Two moons, two layers of 16 ReLUs, the hinge loss relu(1 - y s) plus 1e-4 times the squares of all parameters,
    full batch, gradient descent whose rate falls from 1 to 0.1 in 100 steps."""
    n = 100
    angle = math.pi * torch.rand(n)
    y = torch.where(torch.arange(n) < n // 2, 1.0, -1.0)
    x = torch.where(
        (y > 0)[:, None],
        torch.stack([angle.cos(), angle.sin()], 1),
        torch.stack([1 - angle.cos(), 0.5 - angle.sin()], 1),
    )
    x = x + 0.1 * torch.randn(n, 2)
    model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    done = iter(range(1000))

    def step() -> Tensor:
        scores = model(x)[:, 0]
        loss = (1 - y * scores).relu().mean() + 1e-4 * sum((p * p).sum() for p in model.parameters())
        model.zero_grad()
        loss.backward()
        for group in optimizer.param_groups:
            group["lr"] = max(0.1, 1.0 - 0.9 * next(done) / 100)
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right((model(x)[:, 0] > 0).long(), (y > 0).long())

    return Program(model, optimizer, step, 100, quality)


class NextCharacter(nn.Module):
    """The characters before one, embedded side by side, as Bengio et al. do it."""

    def __init__(self) -> None:
        super().__init__()
        self.wte = nn.Embedding(21, 16)
        self.mlp = nn.Sequential(nn.Linear(3 * 16, 64), nn.Tanh(), nn.Linear(64, 20))

    def forward(self, idx: Tensor, targets: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        embedded = []
        for _ in range(3):
            embedded.append(self.wte(idx))
            idx = torch.roll(idx, 1, 1)
            idx[:, 0] = 20
        logits = self.mlp(torch.cat(embedded, -1))
        loss = None if targets is None else F.cross_entropy(logits.reshape(-1, 20), targets.reshape(-1))
        return logits, loss


@tutorial("https://github.com/karpathy/makemore/blob/master/makemore.py")
def makemore() -> Program:
    """The MLP of makemore: logits and loss from forward, AdamW at 5e-4 (2e-3 here) with a weight decay of 0.01, betas
    0.9 and 0.99."""
    tokens = text(500, 14)
    model = NextCharacter()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01, betas=(0.9, 0.99), eps=1e-8)
    rows = batches(500, 32)

    def step() -> Tensor:
        batch = tokens[next(rows)]
        _, loss = model(batch[:, :-1].clone(), batch[:, 1:])
        model.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            # Each token has two likely successors, so that no more than about half of the guesses can be right.
            return 2 * right(model(tokens[:, :-1].clone())[0].argmax(-1), tokens[:, 1:])

    return Program(model, optimizer, step, 300, quality)


class Gpt(nn.Module):
    """One block, weights of the head tied to those of the embedding."""

    def __init__(self) -> None:
        super().__init__()
        self.wte, self.wpe = nn.Embedding(20, 32), nn.Embedding(16, 32)
        self.ln_1, self.ln_2, self.ln_f = nn.LayerNorm(32), nn.LayerNorm(32), nn.LayerNorm(32)
        self.c_attn, self.c_proj = nn.Linear(32, 96), nn.Linear(32, 32)
        self.mlp = nn.Sequential(nn.Linear(32, 128), nn.GELU(), nn.Linear(128, 32))
        self.lm_head = nn.Linear(32, 20, bias=False)
        for name, p in self.named_parameters():
            if p.dim() > 1:
                nn.init.normal_(p, std=0.02 / math.sqrt(2) if name.endswith("c_proj.weight") else 0.02)
        self.lm_head.weight = self.wte.weight

    def forward(self, idx: Tensor, targets: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        n, length = idx.shape
        x = self.wte(idx) + self.wpe(torch.arange(length))
        q, k, v = (h.view(n, length, 4, 8).transpose(1, 2) for h in self.c_attn(self.ln_1(x)).split(32, 2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(n, length, 32)
        x = x + self.c_proj(y)
        x = x + self.mlp(self.ln_2(x))
        logits = self.lm_head(self.ln_f(x))
        loss = None if targets is None else F.cross_entropy(logits.view(-1, 20), targets.reshape(-1))
        return logits, loss


@tutorial("https://github.com/karpathy/nanoGPT/blob/master/train.py")
def nano_gpt() -> Program:
    """nanoGPT in small: tied weights, AdamW with decay of the matrices only, warm-up and cosine, the loss divided by
    the batches that are accumulated (2), gradients clipped at 1."""
    tokens = text(400, 17)
    model = Gpt()
    decay = [p for p in model.parameters() if p.dim() >= 2]
    rest = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": decay, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=3e-3, betas=(0.9, 0.95))
    rows, done = batches(400, 16), iter(range(100_000))

    def rate(i: int) -> float:
        if i < 10:
            return 3e-3 * (i + 1) / 11
        return 3e-4 + 0.5 * (1 + math.cos(math.pi * min(1, (i - 10) / 190))) * (3e-3 - 3e-4)

    def step() -> Tensor:
        lr = rate(next(done))
        for group in optimizer.param_groups:
            group["lr"] = lr
        for _ in range(2):
            batch = tokens[next(rows)]
            _, loss = model(batch[:, :-1], batch[:, 1:])
            loss = loss / 2
            loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss * 2

    def quality() -> float:
        with evaluating(model):
            return 2 * right(model(tokens[:, :-1])[0].argmax(-1), tokens[:, 1:])

    return Program(model, optimizer, step, 200, quality)


@tutorial("https://github.com/jcjohnson/pytorch-examples/blob/master/nn/two_layer_net_optim.py")
def two_layer_net() -> Program:
    """Random inputs and random targets as one batch of 64, a layer of 100 ReLUs, the sum of the squared errors, Adam
    at 1e-4 (1e-3 here): it learns them by heart. Here the inputs have 200 columns instead of 1000."""
    x, y = torch.randn(64, 200), torch.randn(64, 10)
    model = nn.Sequential(nn.Linear(200, 100), nn.ReLU(), nn.Linear(100, 10))
    loss_fn = nn.MSELoss(reduction="sum")
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step() -> Tensor:
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model(x), y)

    return Program(model, optimizer, step, 300, quality)


class BasicBlock(nn.Module):
    def __init__(self, inputs: int, planes: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != planes:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, planes, 1, stride, bias=False), nn.BatchNorm2d(planes))

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        out += self.shortcut(x)
        return F.relu(out)


@tutorial("https://github.com/kuangliu/pytorch-cifar/blob/master/main.py")
def cifar_resnet() -> Program:
    """A residual net on coloured pictures of 32 x 32 (fewer blocks and channels than ResNet18), cross-entropy, SGD at
    0.1 with momentum 0.9 and a weight decay of 5e-4, a cosine per epoch. One of the larger models."""
    x, t = pictures(320, channels=3, size=32)
    x = (x - x.mean((0, 2, 3), keepdim=True)) / x.std((0, 2, 3), keepdim=True)
    stem = nn.Sequential(nn.Conv2d(3, 24, 3, 1, 1, bias=False), nn.BatchNorm2d(24), nn.ReLU())
    blocks = nn.Sequential(BasicBlock(24, 24, 1), BasicBlock(24, 48, 2), BasicBlock(48, 96, 2))
    model = nn.Sequential(stem, blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(96, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=8)
    rows, done = batches(320, 32), iter(range(1, 10_000))

    def step() -> Tensor:
        batch = next(rows)
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x[batch]), t[batch])
        loss.backward()
        optimizer.step()
        if next(done) % 10 == 0:
            schedule.step()
        return loss

    return Program(model, optimizer, step, 60, lambda: classifies(model, x, t))
