"""Examination by experiment: what single change makes a network learn, tried on copies."""

from relume.torch._examine._examination import Examination
from relume.torch._examine._examine import examine
from relume.torch._examine._outcomes import Outcome

__all__ = ["Examination", "Outcome", "examine"]
