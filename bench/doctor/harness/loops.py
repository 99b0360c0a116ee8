"""Training loops as people write them, and as frameworks run them."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from doctor.harness.data import batches


def plain(
    model: nn.Module,
    optimizer: Optimizer,
    criterion: Callable[[Tensor, Tensor], Tensor],
    x: Tensor,
    t: Tensor,
    size: int,
    shuffle: bool = True,
) -> Callable[[], Tensor]:
    """One step: zero_grad, forward, backward, step."""
    rows = batches(len(x), size, shuffle)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = criterion(model(x[batch]), t[batch])
        loss.backward()
        optimizer.step()
        return loss

    return step


def lightning(
    training_step: Callable[[tuple[Tensor, ...]], Tensor],
    optimizer: Optimizer,
    data: tuple[Tensor, ...],
    size: int,
    clip: float | None = None,
) -> Callable[[], Tensor]:
    """As Lightning optimises: the optimiser calls a closure that does the training step, zero_grad and backward."""
    rows = batches(len(data[0]), size)

    def step() -> Tensor:
        batch = next(rows)

        def closure() -> Tensor:
            loss = training_step(tuple(part[batch] for part in data))
            optimizer.zero_grad()
            loss.backward()
            if clip is not None:
                nn.utils.clip_grad_norm_([p for group in optimizer.param_groups for p in group["params"]], clip)
            return loss

        return optimizer.step(closure)

    return step


def trainer(
    model: nn.Module,
    optimizer: Optimizer,
    scheduler: LRScheduler | None,
    data: tuple[Tensor, ...],
    size: int,
    accumulate: int = 1,
    divide: bool = True,
    clip: float | None = 1.0,
) -> Callable[[], Tensor]:
    """As the Trainer of Transformers steps: the model returns its loss, which is divided by the number of batches that
    are accumulated; gradients are clipped, and the schedule is stepped with the optimiser."""
    rows = batches(len(data[0]), size)

    def step() -> Tensor:
        model.train()
        total = torch.zeros(())
        for _ in range(accumulate):
            batch = next(rows)
            loss = model(*(part[batch] for part in data))
            if divide:
                loss = loss / accumulate
            loss.backward()
            total += loss.detach()
        if clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        model.zero_grad()
        return total

    return step
