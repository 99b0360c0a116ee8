"""The testkit's formulas in mpmath, one for each function of the catalogue, written independently of the kernels."""

import importlib.util
import pathlib

_PATH = pathlib.Path(__file__).parents[2] / "relume-testkit" / "reference" / "generate.py"
_spec = importlib.util.spec_from_file_location("generate", _PATH)
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)

FUNCTIONS = _module.FUNCTIONS
PARAMETERS = _module.PARAMETERS
