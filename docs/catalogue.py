"""Writes what follows from the catalogue: docs/functions.md, the type stubs, and reference rows of the functions named.

    python docs/catalogue.py [NAME...]

The stubs are those of the installed package: run `maturin develop` before. Stubs of a framework and its reference rows
are written where the framework is installed; reference rows need mpmath.
"""

import importlib.util
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "crates/relume-testkit/reference"

# The module that a framework's rows need.
FRAMEWORKS = {"pytorch": "torch", "keras": "tensorflow", "jax": "jax"}


def main():
    names = sys.argv[1:]
    if names:
        python(REFERENCE / "generate.py", *names)
        for framework, module in FRAMEWORKS.items():
            if importlib.util.find_spec(module):
                python(REFERENCE / "frameworks.py", framework, *names)
    page = ["cargo", "run", "--quiet", "--package", "relume-testkit", "--", "functions"]
    text = subprocess.run(page, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    (ROOT / "docs/functions.md").write_text(text)
    if importlib.util.find_spec("relume"):
        python(ROOT / "crates/relume-python/stubs.py")
    else:
        sys.exit("the package is not installed here, so the type stubs stay as they are")


def python(*command):
    subprocess.run([sys.executable, *map(str, command)], check=True)


if __name__ == "__main__":
    main()
