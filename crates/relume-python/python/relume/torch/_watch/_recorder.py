"""From PyTorch's tensors to the native recorder."""

from dataclasses import dataclass

from torch import Tensor

from relume import _native
from relume.torch._elements import CODES
from relume.torch._watch._memory import here, laid_out


@dataclass(slots=True)
class WatchedLayer:
    """One activation in the network."""

    name: str
    number: int
    units: int
    axis: int
    """That of the units, from the first."""
    observed: bool = True


class Recorder:
    """Hands tensors to the native recorder."""

    def __init__(self) -> None:
        self.run = _native.Run()
        self.layers: dict[str, WatchedLayer] = {}
        self.parameters: dict[int, int] = {}
        """Their numbers, by identity."""

    def known(self, name: str, x: Tensor) -> WatchedLayer | None:
        """The activation of this name, if it has been met. Its units must stay the same."""
        watched = self.layers.get(name)
        if (
            watched is not None
            and watched.observed
            and (watched.axis >= x.dim() or x.shape[watched.axis] != watched.units)
        ):
            watched.observed = False
            self.run.not_observed(name, "the number of its units changes from call to call")
        return watched

    def add(self, name: str, activation: str, x: Tensor, axis: int, fan_in: int, weight: str | None) -> WatchedLayer:
        """A new activation."""
        units = x.shape[axis]
        watched = self.layers[name] = WatchedLayer(name, self.run.layer(name, activation, units, fan_in), units, axis)
        if weight is not None:
            self.run.weight(name, weight)
        return watched

    def input(self, watched: WatchedLayer, x: Tensor) -> None:
        x, layout = laid_out(x, watched.axis)
        self.run.input(watched.number, CODES[x.dtype], x.data_ptr(), layout)

    def output(self, watched: WatchedLayer, y: Tensor) -> None:
        y, layout = laid_out(y, watched.axis)
        self.run.output(watched.number, CODES[y.dtype], y.data_ptr(), layout)

    def gradient(self, watched: WatchedLayer, dx: Tensor) -> None:
        dx, layout = laid_out(dx, watched.axis)
        self.run.gradient(watched.number, CODES[dx.dtype], dx.data_ptr(), layout)

    def before(self, name: str, parameter: Tensor) -> None:
        """Takes in a parameter before a step of the optimiser."""
        number = self.parameters.get(id(parameter))
        if number is None:
            number = self.parameters[id(parameter)] = self.run.parameter(name, parameter.numel())
        w = here(parameter)
        self.run.before(number, CODES[w.dtype], w.data_ptr(), w.numel())

    def after(self, parameter: Tensor) -> None:
        """Takes in what the step made of it, and by which gradient."""
        number, g = self.parameters[id(parameter)], parameter.grad
        if g is None:
            return
        g = here(g.coalesce().values() if g.is_sparse else g)
        self.run.parameter_gradient(number, CODES[g.dtype], g.data_ptr(), g.numel())
        w = here(parameter)
        self.run.after(number, CODES[w.dtype], w.data_ptr(), w.numel())
