"""Writes the type stubs of the public modules from the catalogue of the installed package.

    python stubs.py

The tests compare what is written with what this would write.
"""

import importlib.util
import inspect
import pathlib

import numpy as np

import relume

FOLDER = pathlib.Path(__file__).parent / "python" / "relume"

HEAD = """# Written by stubs.py from the catalogue.

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

"""

# What the package offers beside the functions.
REST = """from relume import backward as backward
from relume import derivative as derivative
from relume._native import get_num_threads as get_num_threads
from relume._native import set_num_threads as set_num_threads
from relume._threads import num_threads as num_threads

__version__: str

"""


TORCH = """# Written by stubs.py from the catalogue.

import torch
from torch import Tensor, nn

from relume.torch._compare import Comparison as Comparison
from relume.torch._compare import compare as compare
from relume.torch._elementwise import Elementwise as Elementwise
from relume.torch._examine import Examination as Examination
from relume.torch._examine import Outcome as Outcome
from relume.torch._examine import examine as examine
from relume.torch._factory import favour_memory as favour_memory
from relume.torch._replace import Replacement as Replacement
from relume.torch._replace import replace as replace
from relume.torch._treat import Treatment as Treatment
from relume.torch._treat import Trial as Trial
from relume.torch._treat import treat as treat
from relume.torch._treat import trial as trial
from relume.torch._watch import Doctor as Doctor
from relume.torch._watch import Evidence as Evidence
from relume.torch._watch import Finding as Finding
from relume.torch._watch import Prescription as Prescription
from relume.torch._watch import Remedy as Remedy
from relume.torch._watch import Target as Target
from relume.torch._watch import watch as watch

"""

KERAS = """# Written by stubs.py from the catalogue.

from typing import Any

from relume.keras import layers as layers
from relume.keras._rows import prelu as prelu

"""

LAYERS_OF_KERAS = """# Written by stubs.py from the catalogue.

from typing import Any

import keras
from relume.keras._factory import FunctionLayer

class PReLU(keras.layers.PReLU):
    def call(self, inputs: Any) -> Any: ...

"""


def stubs():
    """The files and what belongs into them; those of a framework only where it is installed."""
    files = {
        FOLDER / "__init__.pyi": HEAD + REST + functions(relume),
        FOLDER / "derivative.pyi": HEAD + functions(relume.derivative),
        FOLDER / "backward.pyi": HEAD + functions(relume.backward),
    }
    if importlib.util.find_spec("torch"):
        files[FOLDER / "torch" / "__init__.pyi"] = TORCH + of_torch()
    if importlib.util.find_spec("keras"):
        files |= of_keras()
    return files


def of_keras():
    """The functions and layers of `relume.keras`."""
    import relume.keras
    from relume.keras._factory import FUNCTIONS, LAYERS

    functions = "".join(f"def {name}({arguments('x: Any', call)}) -> Any: ...\n" for name, call in FUNCTIONS.items())
    layers = "".join(
        f"class {name}(FunctionLayer):\n    def __init__({arguments('self', layer, '**options: Any')}) -> None: ...\n"
        for name, layer in LAYERS.items()
    )
    return {
        FOLDER / "keras" / "__init__.pyi": KERAS + functions + names(relume.keras),
        FOLDER / "keras" / "layers.pyi": LAYERS_OF_KERAS + layers + names(relume.keras.layers),
    }


def arguments(first, function, *last):
    """The parameters of a function or layer of `relume.keras`, with other arguments before and after them."""
    parameters = inspect.signature(function).parameters.values()
    own = [f"{p.name}: {type(p.default).__name__} = {p.default!r}" for p in parameters if p.default is not p.empty]
    return ", ".join([first, *own, *last])


def functions(module):
    """The functions of a module, and its list of names."""
    known = (name for name in module.__all__ if name in relume.backward.__all__)
    return "".join(line(name, getattr(module, name)) for name in known) + names(module)


def of_torch():
    """The functions and modules of `relume.torch`, and its list of names."""
    import relume.torch
    from relume.torch._factory import FUNCTIONS, MODULES

    signatures = (
        (name, str(inspect.signature(call)).replace("torch.Tensor", "Tensor")) for name, call in FUNCTIONS.items()
    )
    lines = [f"def {name}{signature}: ...\n" for name, signature in signatures]
    return "".join(lines + [class_of_torch(module) for module in MODULES.values()]) + names(relume.torch)


def class_of_torch(module):
    """A module of `relume.torch`, which has the arguments of PyTorch's or, where there is none, its own."""
    from torch import nn

    name = module.__name__
    if hasattr(nn, name):
        return f"class {name}(nn.{name}): ...\n"
    return f"class {name}(nn.Module):\n    dim: int\n    def __init__{inspect.signature(module.__init__)}: ...\n"


def names(module):
    return "\n__all__ = [\n" + "".join(f'    "{name}",\n' for name in module.__all__) + "]\n"


def line(name, function):
    if isinstance(function, np.ufunc):
        return f"{name}: np.ufunc\n"
    signature = inspect.signature(function)
    bare = [parameter.replace(annotation=parameter.empty) for parameter in signature.parameters.values()]
    pieces = str(inspect.Signature(bare)).strip("()").split(", ")
    return f"def {name}({', '.join(map(annotated, pieces))}) -> Any: ...\n"


def annotated(piece):
    """One piece of a signature with its type: `slope=0.01`, `**options`, `/`."""
    name, equals, default = piece.partition("=")
    if name in ("/", "*"):
        return name
    kind = {"axis": "int", "**options": "Any"}.get(name, "ArrayLike") + (" | None" if default == "None" else "")
    return f"{name}: {kind} = {default}" if equals else f"{name}: {kind}"


def main():
    for path, text in stubs().items():
        path.write_text(text)


if __name__ == "__main__":
    main()
