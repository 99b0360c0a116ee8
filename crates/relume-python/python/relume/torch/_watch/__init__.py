"""The doctor: watches a model in training, and says what is wrong with it."""

from relume.torch._watch._doctor import Doctor, watch
from relume.torch._watch._findings import Evidence, Finding

__all__ = ["Doctor", "Evidence", "Finding", "watch"]
