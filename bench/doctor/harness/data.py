"""Synthetic stand-ins for the data of the sources, drawn from PyTorch's global generator, and batches of them."""

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor


def pictures(n: int, classes: int = 10, size: int = 16, channels: int = 1, noise: float = 0.2) -> tuple[Tensor, Tensor]:
    """Pictures with pixels from 0 to 1: a smooth pattern per class, shifted by up to two pixels, with noise."""
    patterns = F.interpolate(torch.rand(classes, channels, 4, 4), size=(size, size), mode="bilinear")
    patterns = ((patterns - patterns.amin((1, 2, 3), keepdim=True)) * 1.6).clamp(0, 1)
    t = torch.randint(classes, (n,))
    shifts = torch.randint(-2, 3, (n, 2))
    x = torch.stack(
        [patterns[c].roll((int(dy), int(dx)), (1, 2)) for c, (dy, dx) in zip(t.tolist(), shifts.tolist(), strict=True)]
    )
    return (x + noise * torch.randn(x.shape)).clamp(0, 1), t


def table(n: int, columns: int = 9) -> tuple[Tensor, Tensor]:
    """Standardised columns, and a standardised target in one column that most of them matter to."""
    x = torch.randn(n, columns)
    y = torch.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + x[:, 3].abs() + 0.5 * x[:, 4:].sum(1) + 0.1 * torch.randn(n)
    return x, ((y - y.mean()) / y.std())[:, None]


def circles(n: int) -> tuple[Tensor, Tensor]:
    """Points on two circles about zero, and which of them (0 or 1)."""
    t = torch.randint(2, (n,))
    angle, radius = 2 * math.pi * torch.rand(n), 0.5 + 0.5 * t + 0.05 * torch.randn(n)
    return torch.stack([radius * angle.cos(), radius * angle.sin()], 1), t


def blobs(n: int, classes: int = 3, columns: int = 2, spread: float = 1.0) -> tuple[Tensor, Tensor]:
    """Clouds of points, and which cloud."""
    centres, t = 4 * torch.randn(classes, columns), torch.randint(classes, (n,))
    return centres[t] + spread * torch.randn(n, columns), t


def waves(n: int, length: int = 24, channels: int = 3, classes: int = 4) -> tuple[Tensor, Tensor]:
    """Noisy waves in several channels, n x length x channels, and which frequency they have."""
    t = torch.randint(classes, (n,))
    phase, time = 2 * math.pi * torch.rand(n, 1, channels), torch.arange(length)[None, :, None]
    x = torch.sin(phase + time * (0.3 + 0.35 * t[:, None, None]))
    return x + 0.2 * torch.randn(x.shape), t


def words(n: int, length: int = 12, vocabulary: int = 60, classes: int = 2) -> tuple[Tensor, Tensor]:
    """Sequences of token numbers; in a sequence of a class, a third of the tokens are words of that class."""
    t = torch.randint(classes, (n,))
    own = torch.randperm(vocabulary)[: classes * 5].reshape(classes, 5)
    tokens = torch.randint(vocabulary, (n, length))
    chosen = own[t].gather(1, torch.randint(5, (n, length)))
    return torch.where(torch.rand(n, length) < 1 / 3, chosen, tokens), t


def text(n: int, length: int = 16, vocabulary: int = 20) -> Tensor:
    """Sequences in which each token has two likely successors."""
    likely = torch.randint(vocabulary, (vocabulary, 2))
    tokens = torch.randint(vocabulary, (n, 1))
    for _ in range(length - 1):
        following = likely[tokens[:, -1]].gather(1, torch.randint(2, (n, 1)))
        tokens = torch.cat([tokens, following], 1)
    return tokens


def batches(n: int, size: int, shuffle: bool = True) -> Iterator[Tensor]:
    """The rows of one batch after the other, without an end, in a new order each epoch."""
    while True:
        yield from (torch.randperm(n) if shuffle else torch.arange(n)).split(size)
