"""What a model has learnt, between 0 (the best constant prediction) and 1 (perfect); below 0 if it is worse."""

import math

import torch
from torch import Tensor, nn


class evaluating:
    """Evaluation mode without gradients, and back."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.no_grad = torch.no_grad()

    def __enter__(self) -> nn.Module:
        self.modes = {module: module.training for module in self.model.modules()}
        self.model.eval()
        self.no_grad.__enter__()
        return self.model

    def __exit__(self, *error: object) -> None:
        self.no_grad.__exit__(*error)
        for module, mode in self.modes.items():
            module.training = mode


def right(guess: Tensor, t: Tensor) -> float:
    """The share that is right beyond that of the most frequent value."""
    most = t.flatten().bincount().max().item() / t.numel()
    share = (guess == t).double().mean().item()
    return (share - most) / (1 - most)


def explained(y: Tensor, t: Tensor) -> float:
    """The share of the variance of t that y explains."""
    residual = (y.double() - t.double()).square().mean().item()
    varied = (t.double() - t.double().mean(0)).square().mean().item()
    return 1 - residual / varied if math.isfinite(residual) else -math.inf


def classifies(model: nn.Module, x: Tensor, t: Tensor) -> float:
    """`right` by the largest of a model's outputs."""
    with evaluating(model):
        return right(model(x).argmax(1), t)


def predicts(model: nn.Module, x: Tensor, t: Tensor) -> float:
    """`explained` by a model's output."""
    with evaluating(model):
        return explained(model(x).reshape(t.shape), t)
