"""What programs of several families have learnt, where `harness.quality` has no word for it."""

import torch
from torch import Tensor, nn

from doctor.harness.quality import evaluating, right


def halves(model: nn.Module, x: Tensor, t: Tensor) -> float:
    """What a probability of the second class, cut at a half, gets right."""
    with evaluating(model):
        return right((model(x).reshape(t.shape) > 0.5).long(), t.long())


def logits_right(model: nn.Module, x: Tensor, t: Tensor) -> float:
    """What the sign of a logit gets right."""
    with evaluating(model):
        return right((model(x).reshape(t.shape) > 0).long(), t.long())


def nearest_mean(z: Tensor, t: Tensor) -> float:
    """How many points are nearest to the mean of their own class."""
    means = torch.stack([z[t == c].mean(0) for c in range(int(t.max()) + 1)])
    if (means - means.mean(0)).norm() < 1e-6:
        return 0.0
    return right(torch.cdist(z, means).argmin(1), t)


def fluency(p: Tensor, before: Tensor, after: Tensor, vocabulary: int = 20) -> float:
    """Probabilities p of what comes after a token: its frequency is 0, its frequency after that token is 1."""
    before, after = before.flatten(), after.flatten()
    pairs = torch.zeros(vocabulary, vocabulary).index_put_((before, after), torch.ones(len(after)), accumulate=True)
    best = (pairs / pairs.sum(1, keepdim=True))[before, after].mean().item()
    constant = (pairs.sum(0) / pairs.sum())[after].mean().item()
    chosen = p.flatten(0, -2).gather(1, after[:, None])
    return (chosen.mean().item() - constant) / (best - constant)
