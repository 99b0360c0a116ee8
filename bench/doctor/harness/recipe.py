"""What a restated program is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile

from torch import Tensor, nn
from torch.optim import Optimizer


class Fault(StrEnum):
    """Kinds of faults, in the words of the fault studies and of the sources."""

    # The update
    MISSING_ZERO_GRAD = "missing zero_grad"
    MISSING_STEP = "missing optimizer step"
    OTHER_PARAMETERS = "optimizer holds other parameters"
    FROZEN = "frozen parameters"
    ACCUMULATION = "accumulated loss is not divided"
    SCHEDULE = "learning rate schedule ends too early"
    HIGH_RATE = "learning rate too high"
    LOW_RATE = "learning rate too low"
    WEIGHT_DECAY = "weight decay too strong"
    OPTIMIZER = "wrong optimizer"
    OPTIMIZER_PARAMETERS = "wrong parameters of the optimizer"
    # The graph
    DETACHED = "detached graph"
    NOT_REGISTERED = "layers are not registered"
    NOT_DIFFERENTIABLE = "operation without a gradient"
    # The output and the loss
    REDUNDANT_SOFTMAX = "redundant softmax or sigmoid"
    SOFTMAX_OVER_ONE = "softmax over one unit"
    MISSING_SOFTMAX = "missing softmax"
    OUTPUT_ACTIVATION = "wrong activation of the output"
    WRONG_LOSS = "wrong loss"
    LOSS_SIGN = "wrong sign of the loss"
    LOSS_WEIGHTS = "wrong weights of several losses"
    REDUCTION = "loss summed instead of averaged"
    SHAPES = "shapes broadcast by accident"
    AXIS = "wrong axis"
    # The data
    UNSCALED_INPUTS = "unscaled inputs"
    UNSCALED_TARGETS = "unscaled targets"
    NON_FINITE_DATA = "non-finite data"
    WRONG_LABELS = "wrong labels"
    SHUFFLED_LABELS = "labels do not belong to the inputs"
    NOT_SHUFFLED = "data not shuffled"
    # The network
    DYING_RELU = "dying ReLU"
    VANISHING = "vanishing gradient"
    EXPLODING = "exploding gradient"
    SYMMETRY = "constant initial weights"
    LARGE_WEIGHTS = "initial weights too large"
    MISSING_ACTIVATION = "missing activation"
    DROPOUT = "dropout too strong"
    BATCH_OF_ONE = "batch normalisation with a batch of one"
    COLLAPSE = "collapsed embedding"
    SATURATED = "saturated units"
    # The arithmetic
    NUMERICS = "numerically unstable operation"

    @property
    def group(self) -> str:
        """Where the fault is."""
        before = takewhile(lambda fault: fault is not self, Fault)
        return [GROUPS[fault] for fault in (*before, self) if fault in GROUPS][-1]


GROUPS = {
    Fault.MISSING_ZERO_GRAD: "update",
    Fault.DETACHED: "graph",
    Fault.REDUNDANT_SOFTMAX: "output and loss",
    Fault.UNSCALED_INPUTS: "data",
    Fault.DYING_RELU: "network",
    Fault.NUMERICS: "arithmetic",
}
"""By the first fault of each."""


@dataclass(frozen=True)
class Source:
    """Where a program comes from, and what its source says."""

    url: str
    wrong: str = ""
    fix: str = ""


@dataclass
class Program:
    """A program that is ready to train."""

    model: nn.Module
    optimizer: Optimizer
    """What would be handed to the doctor."""
    step: Callable[[], Tensor]
    """One iteration of the program's own loop; returns the loss that it would print."""
    steps: int
    quality: Callable[[], float]
    """What was learnt, on all training data: 0 is as good as the best constant prediction, 1 is perfect."""


@dataclass(frozen=True)
class Recipe:
    """A cited program. A faulty one has a repaired twin; a tutorial (no fault) works as it is."""

    name: str
    build: Callable[[bool], Program]
    """Makes the program after `torch.manual_seed`, with the fault or repaired."""
    source: Source
    fault: Fault | None = None

    @property
    def facts(self) -> str:
        return " ".join((self.build.__doc__ or "").split())


def faulty(fault: Fault, url: str, wrong: str, fix: str) -> Callable[[Callable[[bool], Program]], Recipe]:
    """Makes a recipe of a function whose docstring states the facts of the program."""
    return lambda build: Recipe(build.__name__, build, Source(url, wrong, fix), fault)


def tutorial(url: str) -> Callable[[Callable[[], Program]], Recipe]:
    """Makes a recipe of a program that is known to work."""

    def recipe(build: Callable[[], Program]) -> Recipe:
        def alone(_: bool) -> Program:
            return build()

        alone.__doc__ = build.__doc__
        alone.__wrapped__ = build
        return Recipe(build.__name__, alone, Source(url))

    return recipe
