"""What a training run follows from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """A network, its data and its training; with a seed it is a run. The defaults are sound."""

    task: str = "digits"
    family: str = "mlp"
    activation: str = "relu"
    depth: int = 3
    """Hidden layers, convolutions, or blocks."""
    width: int = 48
    norm: bool = False
    """Batch normalisation before each activation; transformers always have layer normalisation."""
    dropout: float = 0.0
    optimizer: str = "adam"
    rate: float = 2e-3
    steps: int = 240
    samples: int = 1024
    batch: int = 64

    weights: float = 1.0
    """The initial weights of the hidden layers, relative to He's or Glorot's."""
    bias: float = 0.0
    """The initial biases of the hidden layers."""
    gates: float = 0.0
    """What is added to the biases of the gates of recurrent layers."""
    dead: float = 0.0
    """The share of hidden units that never fire, by their biases."""
    scale: float = 1.0
    shift: float = 0.0
    """The inputs are multiplied by `scale`, and `shift` is added."""
    targets: float = 1.0
    """What the targets of a regression are multiplied by."""
    last: str | None = None
    """An activation behind the last layer."""
