"""Which of the doctor's kinds of findings name which fault.

Only what the public types of `relume.torch` and the harness of the benchmark (`doctor.truth`) say of a kind was read
for this table. People who know the checks may complete it, without reading the programs. A fault without a kind counts
as never named.
"""

from doctor.sealed.recipe import Fault

NAMES: dict[Fault, frozenset[str]] = {
    Fault.HIGH_RATE: frozenset({"update_size", "exploding_gradient"}),
    Fault.LOW_RATE: frozenset({"update_size"}),
    Fault.SCHEDULE: frozenset({"update_size"}),
    Fault.ACCUMULATION: frozenset({"update_size", "exploding_gradient"}),
    Fault.REDUCTION: frozenset({"update_size", "exploding_gradient"}),
    Fault.DYING_RELU: frozenset({"dead_units", "born_dead"}),
    Fault.VANISHING: frozenset({"vanishing_gradient", "saturated_units"}),
    Fault.EXPLODING: frozenset({"exploding_gradient"}),
    Fault.LARGE_WEIGHTS: frozenset({"exploding_gradient", "saturated_units"}),
    Fault.UNSCALED_INPUTS: frozenset({"input_scale"}),
    Fault.OUTPUT_ACTIVATION: frozenset({"output_range"}),
    Fault.SOFTMAX_OVER_ONE: frozenset({"output_range"}),
    Fault.REDUNDANT_SOFTMAX: frozenset({"output_range"}),
}
