"""Texts composed of Keras's operations, and where other words than the printed formula's are needed."""

import faults
import numpy as np
import pytest
from backends import BACKEND, CATALOGUE, ODD, OTHERS, evaluate, every_case, inputs

from relume._functions import python_name
from relume.keras._composition import formula
from relume.keras._formulas import AT_KINKS, FORMULAS


def found(name, parameters, composed):
    """What is wrong with a formula, of both types, far out and at kinks."""
    defaults = {python_name(parameter.name): parameter.default for parameter in CATALOGUE[name].parameters}
    values = (defaults | parameters).values()

    def function(x):
        return composed(x, *values)

    for dtype in (np.float32, np.float64):
        results = evaluate(function, inputs(dtype))
        x = inputs(dtype)
        y, dx = results
        ordinary, odd = slice(None, -len(ODD)), slice(-len(ODD), None)
        yield faults.at_ordinary_points(name, parameters, x[ordinary], y[ordinary], dx[ordinary])
        yield faults.at_odd_points(name, parameters, x[odd], y[odd], dx[odd])
    kinks = faults.slopes_at_kinks(name, parameters)
    if kinks:
        x, slopes = np.array(kinks, np.float32).T
        _, dx = evaluate(function, x)
        if not np.allclose(dx, slopes, rtol=3e-6, atol=1e-6):
            yield f"the gradient at {x} is {dx}, expected {slopes}"


@every_case
def test_what_is_composed_is_right(name, parameters):
    """Also on the backend that has kernels of its own."""
    assert [fault for fault in found(name, parameters, FORMULAS[name]) if fault] == []


def others():
    """For each text that is not the printed one, the text that would be composed without it."""
    for name, definition in CATALOGUE.items():
        written = definition.elementwise.composed
        if written:
            yield name, definition.formula
        if name in AT_KINKS:
            yield name, written or definition.formula


@pytest.mark.parametrize(("name", "text"), list(others()))
def test_other_words_are_there_only_where_they_are_needed(name, text):
    composed = formula(text, [parameter.name for parameter in CATALOGUE[name].parameters])
    cases = [{}, *OTHERS.get(name, [])]
    wrong = [fault for parameters in cases for fault in found(name, parameters, composed) if fault]
    assert wrong, f"{text} serves as it is, on {BACKEND}"


def test_a_text_of_another_function_is_noticed():
    assert any(found("tanh", {}, formula("x·1.00001 for |x| < 0.001, else tanh(x)", [])))
    assert any(found("relu", {}, formula("x for x ≥ 0, else 0", [])))
