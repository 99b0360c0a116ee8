"""Examples of the manual and of docstrings."""

import doctest
import pathlib
import subprocess
import sys

import pytest

import relume.torch
from relume.torch._factory import use
from relume.torch._sizes import sizes_of

DOCUMENTS = pathlib.Path(__file__).parents[4] / "docs"
MODULES = [
    "relume.torch",
    "relume.torch._examine._examine",
    "relume.torch._factory",
    "relume.torch._replace",
    "relume.torch._watch._doctor",
    "relume.torch._compare._compare",
    "relume.torch._treat._treat",
    "relume.torch._treat._trial",
]


@pytest.fixture(autouse=True)
def measured_sizes(relume_always):
    use(sizes_of)


@pytest.mark.parametrize("document", ["pytorch.md", "doctor.md", "compare.md", "../README.md", "../README.zh-CN.md"])
def test_examples_of_the_manual(document):
    outcome = doctest.testfile(str(DOCUMENTS / document), module_relative=False)
    assert outcome.attempted > 0 and outcome.failed == 0


@pytest.mark.parametrize("module", MODULES)
def test_examples_of_modules(module):
    outcome = doctest.testmod(sys.modules[module])
    assert outcome.attempted > 0 and outcome.failed == 0


def test_functions_and_modules_are_documented():
    for name in relume.torch.__all__:
        assert getattr(relume.torch, name).__doc__
    assert "torch.nn.functional.mish" in relume.torch.mish.__doc__
    assert "torch.nn.Mish" in relume.torch.Mish.__doc__


def test_importing_does_not_load_the_compiler():
    # It takes seconds, and aborts the process where TensorFlow came first: each brings its own LLVM.
    check = "import sys, torch\nbefore = 'torch._dynamo' in sys.modules\n"
    check += "import relume.torch\nassert before or 'torch._dynamo' not in sys.modules"
    subprocess.run([sys.executable, "-c", check], check=True)
