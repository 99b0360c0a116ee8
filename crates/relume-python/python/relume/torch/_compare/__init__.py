"""Which activation is best for a model and its training: it is trained with each, and judged."""

from relume.torch._compare._compare import Comparison, compare

__all__ = ["Comparison", "compare"]
