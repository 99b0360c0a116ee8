"""Which faults a finding of the doctor names: one line for each kind of finding.

A kind that stands in no line is an alarm that names no cause; so is one with an empty line, such as "does not learn".
Only what the public types of `relume.torch` say of a kind was read for this table. People who know the checks may
complete it, without reading sealed programs. A fault that stands in no line counts as never named.
"""

from typing import Any

from doctor.harness.recipe import Fault

NAMES: dict[str, frozenset[Fault]] = {
    "born_dead": frozenset({Fault.DYING_RELU}),
    "dead_units": frozenset({Fault.DYING_RELU}),
    "exploding_gradient": frozenset(
        {Fault.EXPLODING, Fault.LARGE_WEIGHTS, Fault.HIGH_RATE, Fault.ACCUMULATION, Fault.REDUCTION}
    ),
    "input_scale": frozenset({Fault.UNSCALED_INPUTS}),
    "output_range": frozenset({Fault.OUTPUT_ACTIVATION, Fault.SOFTMAX_OVER_ONE, Fault.REDUNDANT_SOFTMAX}),
    "saturated_units": frozenset({Fault.SATURATED, Fault.LARGE_WEIGHTS, Fault.VANISHING}),
    "update_size": frozenset({Fault.HIGH_RATE, Fault.LOW_RATE, Fault.SCHEDULE, Fault.ACCUMULATION, Fault.REDUCTION}),
    "vanishing_gradient": frozenset({Fault.VANISHING}),
}


def names(finding: dict[str, Any], fault: Fault) -> bool:
    """Whether a finding, as `Doctor.to_dict` gives it, names a fault."""
    return fault in NAMES.get(finding["check"], frozenset())
