"""The doctor: watches a model in training, and says what is wrong with it."""

from relume.torch._watch._doctor import Doctor, watch
from relume.torch._watch._findings import Evidence, Finding, Remedy
from relume.torch._watch._prescriptions import Prescription, Target

__all__ = ["Doctor", "Evidence", "Finding", "Prescription", "Remedy", "Target", "watch"]
