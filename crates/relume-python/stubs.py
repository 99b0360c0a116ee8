"""Writes the type stubs of the public modules from the catalogue of the installed package.

    python stubs.py

The tests compare what is written with what this would write.
"""

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


def stubs():
    """The files and what belongs into them."""
    return {
        FOLDER / "__init__.pyi": HEAD + REST + functions(relume),
        FOLDER / "derivative.pyi": HEAD + functions(relume.derivative),
        FOLDER / "backward.pyi": HEAD + functions(relume.backward),
    }


def functions(module):
    """The functions of a module, and its list of names."""
    known = (name for name in module.__all__ if name in relume.backward.__all__)
    names = "".join(f'    "{name}",\n' for name in module.__all__)
    return "".join(line(name, getattr(module, name)) for name in known) + f"\n__all__ = [\n{names}]\n"


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
