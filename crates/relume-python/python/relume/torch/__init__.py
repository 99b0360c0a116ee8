"""Activation functions for PyTorch: those of ``torch.nn`` and ``torch.nn.functional``, computed by relume on a CPU.

    >>> import torch, relume.torch
    >>> model = torch.nn.Sequential(torch.nn.Linear(8, 16), relume.torch.Mish(), torch.nn.Linear(16, 1))
    >>> relume.torch.leaky_relu(torch.tensor([-1.0, 0.0, 2.0]), negative_slope=0.5)
    tensor([-0.5000,  0.0000,  2.0000])

Modules and functions have the names, arguments and results of PyTorch's own, which they call wherever relume is not
faster or cannot help: for small tensors, on other devices, under ``torch.compile`` or ``vmap``. ``replace`` swaps the
activation modules of a model.
"""

from relume.torch._compare import Comparison, compare
from relume.torch._elementwise import Elementwise
from relume.torch._examine import Examination, Outcome, examine
from relume.torch._factory import FUNCTIONS, MODULES, favour_memory
from relume.torch._replace import Replacement, replace
from relume.torch._treat import Treatment, Trial, treat, trial
from relume.torch._watch import Doctor, Evidence, Finding, Prescription, Remedy, Target, watch

globals().update(FUNCTIONS)
globals().update(MODULES)

__all__ = [
    "Comparison",
    "Doctor",
    "Elementwise",
    "Evidence",
    "Examination",
    "Finding",
    "Outcome",
    "Prescription",
    "Replacement",
    "Remedy",
    "Target",
    "Treatment",
    "Trial",
    "compare",
    "examine",
    "favour_memory",
    "replace",
    "treat",
    "trial",
    "watch",
    *FUNCTIONS,
    *MODULES,
]
