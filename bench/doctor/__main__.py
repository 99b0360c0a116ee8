"""Runs the benchmark: ``python bench/doctor``."""

import pathlib
import sys

# A folder that is run is where Python looks for modules; this package is found next to it.
sys.path[0] = str(pathlib.Path(__file__).resolve().parent.parent)

from doctor.command import main  # noqa: E402

if __name__ == "__main__":
    main()
