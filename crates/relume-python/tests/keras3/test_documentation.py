"""The examples in the documentation."""

import doctest
import pathlib

import pytest

import relume.keras

MANUAL = pathlib.Path(__file__).parents[4] / "docs" / "keras.md"


@pytest.mark.parametrize("module", [relume.keras, relume.keras.layers])
def test_examples_of_modules(module):
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0 and outcome.failed == 0


def test_examples_of_the_manual(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = doctest.testfile(str(MANUAL), module_relative=False)
    assert outcome.attempted > 0 and outcome.failed == 0
