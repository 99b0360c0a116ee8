"""Models that return their loss or bring their step, in the loops of Lightning and the Trainer."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import pictures, text
from doctor.harness.loops import lightning, trainer
from doctor.harness.quality import classifies, evaluating, right
from doctor.harness.recipe import Fault, Program, faulty


class Summariser(nn.Module):
    """A small causal model with a training step."""

    def __init__(self) -> None:
        super().__init__()
        self.model = nn.Sequential(
            nn.Embedding(20, 32), nn.Linear(32, 64), nn.GELU(), nn.LayerNorm(64), nn.Linear(64, 20)
        )

    def training_step(self, batch: tuple[Tensor, ...]) -> Tensor:
        (tokens,) = batch
        logits = self.model(tokens[:, :-1])
        return F.cross_entropy(logits.reshape(-1, 20), tokens[:, 1:].reshape(-1))


@faulty(
    Fault.LOW_RATE,
    "https://github.com/huggingface/transformers/pull/5227",
    "without its own optimizer_step the module does not step the schedule: a very high loss that does not go down",
    "step the schedule with the optimiser",
)
def warm_up_without_steps(fault: bool) -> Program:
    """The next word, AdamW at 3e-3 with a linear warm-up from zero, trained as Lightning does."""
    tokens = text(400)
    model = Summariser()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: min(1, i / 20))
    inner = lightning(model.training_step, optimizer, (tokens,), 25, clip=1.0)

    def step() -> Tensor:
        loss = inner()
        if not fault:
            schedule.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            # Each token has two likely successors, so that no more than about half of the guesses can be right.
            return 2 * right(model.model(tokens[:, :-1]).argmax(-1), tokens[:, 1:])

    return Program(model, optimizer, step, 200, quality)


class Labeller(nn.Module):
    """A classifier that returns its loss, as models of Transformers do."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(256, 64), nn.GELU(), nn.Linear(64, 10))

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(self.net(x), labels)


@faulty(
    Fault.OTHER_PARAMETERS,
    "https://github.com/huggingface/accelerate/issues/2665",
    "wrapping the model replaces its parameters after the optimiser was made: the loss is flat (TrainCheck's stories)",
    "make the optimiser for the parameters that are trained",
)
def wrapped_model(fault: bool) -> Program:
    """A classifier that returns its loss, AdamW, a linear schedule, gradients clipped at 1, two batches accumulated,
    stepped as the Trainer does. Copied parameters stand in for those of a shard."""
    x, t = pictures(480)
    x = x.flatten(1)
    model = Labeller()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    if fault:
        for module in model.net:
            for name, p in list(module.named_parameters()):
                setattr(module, name, nn.Parameter(p.detach().clone()))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: max(0.05, 1 - i / 160))
    step = trainer(model, optimizer, schedule, (x, t), 24, accumulate=2)
    return Program(model, optimizer, step, 150, lambda: classifies(model.net, x, t))
