"""The formulas: those of relume's catalogue, composed of Keras's operations."""

from relume import _native
from relume.keras._composition import Formula, formula

# Where Keras chooses another derivative at a kink than the catalogue's text would give.
AT_KINKS = {
    "leaky_relu": "x for x > 0, else slope·x",
    "elu": "x for x > 0, else alpha·(exp(x) − 1)",
    "hard_silu": "0 for x ≤ −3, x for x ≥ 3, else x·(x + 3)/6",
    "hard_tanh": "max for x > max, min(min, max) for x < min(min, max), else x",
}


def text(definition: _native.Definition) -> str:
    """What is composed for a function."""
    other = definition.elementwise.composed if definition.elementwise else None
    return AT_KINKS.get(definition.name) or other or definition.formula


FORMULAS: dict[str, Formula] = {
    definition.name: formula(text(definition), [parameter.name for parameter in definition.parameters])
    for definition in _native.catalogue()
    if definition.elementwise
}
