"""PyTorch's softplus, with the right values for any threshold."""

import torch.nn.functional as F
from torch import Tensor

DEFAULT = 20.0
"""PyTorch's threshold: where beta·x is larger, the result is x."""

REACH = 40.0
"""Where beta·x is larger, x is within a rounding of the exact value, in float64 too."""


def softplus(input: Tensor, beta: float = 1.0, threshold: float = DEFAULT) -> Tensor:
    """``torch.nn.functional.softplus``, which with a high threshold overflows: exp(beta·x) becomes infinite."""
    return F.softplus(input, beta, threshold if threshold < REACH else REACH)


def is_exact(threshold: float) -> bool:
    """Whether a threshold is so high that it serves to compute ln(1 + exp(beta·x))/beta, and not another function."""
    return not threshold < DEFAULT
