"""The plain loop, for programs whose fault is elsewhere."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.optim import Optimizer

from doctor.sealed.data import batches


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
