"""The package: what it exports, its documentation, its stubs, its program."""

import doctest
import importlib.util
import inspect
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import relume
from conftest import CATALOGUE

HERE = pathlib.Path(__file__).parent
SOURCES = HERE.parent


def python(*arguments):
    return subprocess.run([sys.executable, *arguments], check=False, capture_output=True, text=True)


def test_every_function_is_exported_with_a_docstring(name):
    definition = next(d for d in CATALOGUE if d.name == name)
    assert name in relume.__all__
    for module in (relume, relume.derivative, relume.backward):
        doc = inspect.getdoc(getattr(module, name))
        assert definition.formula in doc and "Returns" in doc
        for parameter in definition.parameters:
            assert parameter.description[1:] in doc


@pytest.mark.parametrize("module", ["relume", "relume.derivative", "relume.backward", "relume._threads"])
def test_examples_of_modules(module):
    outcome = doctest.testmod(sys.modules[module])
    assert outcome.attempted > 0 and outcome.failed == 0


def test_examples_of_the_manual():
    outcome = doctest.testfile(str(SOURCES / "README.md"), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert outcome.attempted > 0 and outcome.failed == 0


def test_the_program_prints_version_threads_and_functions():
    run = python("-m", "relume")
    assert run.returncode == 0, run.stderr
    assert f"relume {relume.__version__}" in run.stdout
    assert f"{relume.get_num_threads()} threads" in run.stdout
    assert all(definition.name in run.stdout for definition in CATALOGUE)


def test_stubs_are_in_step_with_the_catalogue():
    spec = importlib.util.spec_from_file_location("stubs", SOURCES / "stubs.py")
    stubs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(stubs)
    for path, text in stubs.stubs().items():
        assert path.read_text() == text, f"{path.name} is out of step: run stubs.py"


def test_stubs_agree_with_what_is_there(tmp_path):
    absent = [name for name in ("keras", "torch") if importlib.util.find_spec(name) is None]
    allowed = tmp_path / "allowed"
    # A cache hides the signature of the function behind it.
    names = [*(f"relume\\.{name}.*" for name in absent), r"relume\.keras\._kernels\.made"]
    allowed.write_text("\n".join(names))
    options = [
        "--allowlist",
        str(allowed),
        "--ignore-unused-allowlist",
        "--mypy-config-file",
        str(SOURCES / "pyproject.toml"),
    ]
    run = python("-m", "mypy.stubtest", "relume", "--ignore-disjoint-bases", *options)
    assert run.returncode == 0, run.stdout


def test_user_code_checks(tmp_path):
    good = tmp_path / "good.py"
    good.write_text("import relume\nrelume.leaky_relu([1.0], slope=0.1)\nrelume.relu(1.0)\n")
    bad = tmp_path / "bad.py"
    bad.write_text("import relume\nrelume.leaky_relu([1.0], slope=print)\nrelume.rleu(1.0)\n")
    assert python("-m", "mypy", "--strict", str(good)).returncode == 0
    run = python("-m", "mypy", "--strict", str(bad))
    assert "[arg-type]" in run.stdout and "[attr-defined]" in run.stdout


def test_the_article_example():
    run = python(str(SOURCES / "examples" / "article.py"))
    assert run.returncode == 0, run.stderr
    assert str(np.maximum(0, np.array([-2.0, -0.5, 0.0, 1.5, 3.0]))) in run.stdout
