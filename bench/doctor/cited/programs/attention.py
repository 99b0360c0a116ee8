"""Attention, and gradients that are accumulated."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import waves
from doctor.harness.loops import plain, trainer
from doctor.harness.quality import classifies, evaluating, right
from doctor.harness.recipe import Fault, Program, faulty


class Attention(nn.Module):
    """Dot-product attention of queries to a context, as in a library."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim
        self.query, self.linear_out = nn.Linear(16, 16), nn.Linear(16, 16)

    def forward(self, query: Tensor, context: Tensor) -> Tensor:
        n, q, d = query.shape
        scores = (self.query(query) @ context.transpose(1, 2)).view(n * q, -1)
        weights = torch.softmax(scores, self.dim).view(n, q, -1)
        return torch.tanh(self.linear_out(weights @ context))


class Lookup(nn.Module):
    """Finds the value that belongs to a key among others."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.embed = nn.Linear(12, 16)
        self.ask = nn.Linear(8, 16)
        self.attention = Attention(dim)
        self.out = nn.Linear(16, 4)

    def forward(self, x: Tensor) -> Tensor:
        # The first row asks: its first eight columns are a key.
        return self.out(self.attention(self.ask(x[:, :1, :8]), self.embed(x[:, 1:]))[:, 0])


@faulty(
    Fault.AXIS,
    "https://github.com/PetrochukM/PyTorch-NLP/issues/2",
    "the softmax of the attention runs along the first axis, which is batch times queries; with one query it is 1",
    "nn.Softmax(dim=-1)",
)
def attention_over_the_batch(fault: bool) -> Program:
    """Which value (of four) stands with the key that is asked for, among eight keys: attention with one query,
    batches of 32, Adam."""
    n, keys = 800, 8
    order = torch.rand(n, keys).argsort(1)
    values = torch.randint(4, (n, keys))
    rows = torch.cat([F.one_hot(order, 8).float(), F.one_hot(values, 4).float()], 2)
    asked = torch.randint(keys, (n,))
    first = torch.cat([F.one_hot(order[torch.arange(n), asked], 8).float(), torch.zeros(n, 4)], 1)
    x, t = torch.cat([first[:, None], rows], 1), values[torch.arange(n), asked]
    model = Lookup(0 if fault else -1)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    step = plain(model, optimizer, F.cross_entropy, x, t, 32)
    return Program(model, optimizer, step, 400, lambda: classifies(model, x, t))


class Recogniser(nn.Module):
    """Convolutions over frames with a loss inside, as models of Transformers have it."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(nn.Conv1d(3, 24, 5), nn.ReLU(), nn.Conv1d(24, 24, 5), nn.ReLU())
        self.head = nn.Linear(24, 4)

    def logits(self, x: Tensor) -> Tensor:
        return self.head(self.convolutions(x.transpose(1, 2)).mean(2))

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(self.logits(x), labels)


@faulty(
    Fault.ACCUMULATION,
    "https://github.com/hirofumi0810/neural_sp/issues/168",
    "gradients are accumulated over several batches, and the loss is not divided by their number",
    "divide the loss by accum_grad_n_steps",
)
def accumulated_speech(fault: bool) -> Program:
    """Speech-like frames through convolutions (the source has a transformer), 8 batches of 8 accumulated, SGD with
    momentum, no clipping."""
    x, t = waves(512)
    model = Recogniser()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)
    step = trainer(model, optimizer, None, (x, t), 8, accumulate=8, divide=not fault, clip=None)

    def quality() -> float:
        with evaluating(model):
            return right(model.logits(x).argmax(1), t)

    return Program(model, optimizer, step, 50, quality)
