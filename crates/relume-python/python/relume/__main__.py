"""``python -m relume``: what is installed here, and which functions there are."""

import numpy as np

import relume
from relume import _native


def main() -> None:
    print(f"relume {relume.__version__}, NumPy {np.__version__}")
    print(f"instruction set {_native.instruction_set()}, {relume.get_num_threads()} threads")
    print()
    for definition in _native.catalogue():
        print(f"{definition.name:<16} {definition.summary}")


if __name__ == "__main__":
    main()
