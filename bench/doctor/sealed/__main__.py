"""Measures or scores the sealed part: ``python bench/doctor/sealed``."""

import pathlib
import sys

# A folder that is run is where Python looks for modules; this package is found beside it.
sys.path[0] = str(pathlib.Path(__file__).resolve().parents[2])

from doctor.sealed.command import main  # noqa: E402

if __name__ == "__main__":
    main()
