"""Writes the type stubs of the public modules from the catalogue of the installed package.

    python stubs.py

The tests compare what is written with what this would write.
"""

import pathlib

from relume import _functions, _native

FOLDER = pathlib.Path(__file__).parent / "python" / "relume"

HEAD = """# Written by stubs.py from the catalogue.

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
"""

# What the package offers beside the functions.
REST = """
from relume import backward as backward
from relume import derivative as derivative
from relume._native import VERSION as __version__
from relume._native import get_num_threads as get_num_threads
from relume._native import set_num_threads as set_num_threads
from relume._threads import num_threads as num_threads

"""


def stubs():
    """The files and what belongs into them."""
    return {
        FOLDER / "__init__.pyi": HEAD + REST + lines(["x"], False),
        FOLDER / "derivative.pyi": HEAD + "\n" + lines(["x"], True),
        FOLDER / "backward.pyi": HEAD + "\n" + lines(["x", "dy"], True),
    }


def lines(inputs, differentiated):
    return "".join(line + "\n" for line in functions(inputs, differentiated))


def functions(inputs, differentiated):
    for definition in _native.catalogue():
        at_zero = differentiated and any(kink.at == 0 for kink in definition.kinks)
        if not definition.parameters and not at_zero:
            yield f"{definition.name}: np.ufunc"
            continue
        arguments = [
            *(f"{name}: ArrayLike" for name in inputs),
            "/",
            *(
                f"{_functions.python_name(parameter.name)}: ArrayLike = {parameter.default!r}"
                for parameter in definition.parameters
            ),
            *(["*", "at_zero: ArrayLike | None = None"] if at_zero else []),
            "**options: Any",
        ]
        yield f"def {definition.name}({', '.join(arguments)}) -> Any: ..."


def main():
    for path, text in stubs().items():
        path.write_text(text)


if __name__ == "__main__":
    main()
