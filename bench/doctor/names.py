"""Which faults a finding of the doctor names: one line for each kind of finding.

A kind that stands in no line is an alarm that names no cause; so is one with an empty line, such as "does not learn".
The table follows from what the documentation of a check says that it finds. People who know the checks may complete
it, without reading sealed programs. A fault that stands in no line counts as never named.
"""

from typing import Any

from doctor.harness.recipe import Fault

NAMES: dict[str, frozenset[Fault]] = {
    "batch_of_one": frozenset({Fault.BATCH_OF_ONE}),
    "born_dead": frozenset({Fault.DYING_RELU}),
    "broadcast_shapes": frozenset({Fault.SHAPES}),
    "constant_output": frozenset({Fault.COLLAPSE, Fault.SOFTMAX_OVER_ONE}),
    "constant_targets": frozenset({Fault.WRONG_LABELS}),
    "cut_gradient": frozenset({Fault.DETACHED}),
    "dead_units": frozenset({Fault.DYING_RELU}),
    "decay_rates": frozenset({Fault.OPTIMIZER_PARAMETERS}),
    "dropout": frozenset({Fault.DROPOUT}),
    "exploding_gradient": frozenset({Fault.EXPLODING, Fault.LARGE_WEIGHTS}),
    "frozen_parameters": frozenset({Fault.FROZEN}),
    "input_scale": frozenset({Fault.UNSCALED_INPUTS, Fault.UNSCALED_TARGETS}),
    "leftover_gradients": frozenset({Fault.MISSING_ZERO_GRAD}),
    "loss_mismatch": frozenset(
        {
            Fault.REDUNDANT_SOFTMAX,
            Fault.SOFTMAX_OVER_ONE,
            Fault.MISSING_SOFTMAX,
            Fault.OUTPUT_ACTIVATION,
            Fault.WRONG_LOSS,
            Fault.LOSS_SIGN,
            Fault.AXIS,
            Fault.UNSCALED_TARGETS,
        }
    ),
    "missing_activation": frozenset({Fault.MISSING_ACTIVATION}),
    "mixed_samples": frozenset({Fault.AXIS}),
    "no_gradient": frozenset({Fault.NOT_DIFFERENTIABLE, Fault.DETACHED, Fault.WRONG_LOSS}),
    "no_optimizer_step": frozenset({Fault.MISSING_STEP}),
    "non_finite_data": frozenset({Fault.NON_FINITE_DATA}),
    "non_finite_loss": frozenset({Fault.NUMERICS}),
    "not_learning": frozenset(),
    "optimizer_parameters": frozenset({Fault.OTHER_PARAMETERS}),
    "output_range": frozenset({Fault.OUTPUT_ACTIVATION, Fault.SOFTMAX_OVER_ONE, Fault.REDUNDANT_SOFTMAX}),
    "outweighed_loss": frozenset({Fault.LOSS_WEIGHTS}),
    "saturated_units": frozenset({Fault.SATURATED, Fault.LARGE_WEIGHTS, Fault.VANISHING}),
    "symmetric_units": frozenset({Fault.SYMMETRY}),
    "target_offset": frozenset({Fault.WRONG_LABELS}),
    "unregistered_parameters": frozenset({Fault.NOT_REGISTERED}),
    "update_size": frozenset({Fault.HIGH_RATE, Fault.LOW_RATE, Fault.SCHEDULE, Fault.ACCUMULATION, Fault.REDUCTION}),
    "unrelated_targets": frozenset({Fault.SHUFFLED_LABELS, Fault.WRONG_LABELS}),
    "unshuffled_data": frozenset({Fault.NOT_SHUFFLED}),
    "uphill_steps": frozenset({Fault.LOSS_SIGN}),
    "vanishing_gradient": frozenset({Fault.VANISHING}),
    "weight_decay": frozenset({Fault.WEIGHT_DECAY}),
}


def names(finding: dict[str, Any], fault: Fault) -> bool:
    """Whether a finding, as `Doctor.to_dict` gives it, names a fault."""
    return fault in NAMES.get(finding["check"], frozenset())
