"""What is asked of the programs of the benchmark of the doctor, of the public part and of the sealed one."""

import math
import warnings

import pytest
from doctor.harness.catalogue import Run, recipes


def losses(run, steps):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = run.build()
        return [program.step().item() for _ in range(steps)], program


def assert_trains_the_same_twice(part, name, steps):
    for faulty in (False, True) if recipes(part)[name].fault else (False,):
        first, program = losses(Run(part, name, 0, faulty), steps)
        again, _ = losses(Run(part, name, 0, faulty), steps)
        assert first == pytest.approx(again, rel=1e-6, nan_ok=True)
        if not faulty:
            assert all(map(math.isfinite, [*first, program.quality()]))


def assert_is_cited(recipe):
    assert recipe.source.url.startswith("https://") and recipe.facts
    assert (recipe.fault is None) == (recipe.source.wrong == "") == (recipe.source.fix == "")
