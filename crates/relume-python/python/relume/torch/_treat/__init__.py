"""Carries out what the doctor prescribes, and tries whether it helps."""

from relume.torch._treat._treat import Treatment, treat
from relume.torch._treat._trial import Trial, trial

__all__ = ["Treatment", "Trial", "treat", "trial"]
