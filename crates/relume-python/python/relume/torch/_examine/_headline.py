"""The headline of an examination: the likeliest cause, after what the experiments showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from relume.torch._examine._experiments import EXPERIMENTS, Experiment
from relume.torch._examine._judgement import CLEAR, LEARNT
from relume.torch._examine._outcomes import Outcome
from relume.torch._watch import Finding

SYMPTOMS = ("not_learning", "constant_output", "non_finite_loss")
"""Checks that say what is seen, not why."""

TESTED = {check for experiment in EXPERIMENTS for check in experiment.causes}
"""Checks that experiments confirm or not; what others find is a fact."""


def chosen(
    outcomes: Sequence[Outcome], experiments: Mapping[str, Experiment], findings: Sequence[Finding], reference: float
) -> Outcome | None:
    """The change that speaks for the cause.

    What the doctor says first stands if a change that belongs to it does good, be it no more than another rate does.
    Otherwise it is a change that helps: one that is more than another rate or seed, if there is any.
    """
    for finding in findings[:1]:
        confirming = [o for o in outcomes if finding.check in experiments[o.name].causes and o.does_good]
        if confirming:
            return first_of_the_best(confirming, reference)
    helping = [outcome for outcome in outcomes if outcome.helps]
    changes = [outcome for outcome in helping if not experiments[outcome.name].control]
    return first_of_the_best(changes or helping, reference)


def first_of_the_best(outcomes: Sequence[Outcome], reference: float) -> Outcome | None:
    """Of those that end at about the lowest loss, the one that was tried first, for it is the smallest change."""
    losses = [outcome.loss for outcome in outcomes if outcome.loss is not None]
    near = min(losses, default=0.0) + CLEAR * abs(reference)
    return next((outcome for outcome in outcomes if outcome.loss is not None and outcome.loss <= near), None)


def cause(
    learning: str | None, findings: Sequence[Finding], change: Experiment | None
) -> tuple[str | None, Finding | None]:
    """The check that stands for the cause, and what the doctor found of it."""
    first = findings[0] if findings else None
    fact = first is not None and first.check not in TESTED and first.check not in SYMPTOMS
    # What learns as it is may do so faster with another rate, without being sick.
    no_matter = change is None or not change.causes or (learning in LEARNT and first is None and change.rate)
    if learning == "learns" or fact or no_matter or change is None:
        return (None, None) if first is None else (first.check, first)
    found = next((finding for finding in findings if finding.check in change.causes), None)
    return (change.causes[0], None) if found is None else (found.check, found)


def headline(
    unchanged: Outcome, change: Outcome | None, finding: Finding | None, by_heart: Outcome | None, complete: bool
) -> str:
    """In words."""
    sentences = []
    start, now = unchanged.losses[0], "not finite" if unchanged.loss is None else f"{unchanged.loss:.4g}"
    if unchanged.learning == "learns":
        sentences.append(
            f"It learns as it is: the loss goes from {start:.4g} to {now}. If your own training does not, look at what "
            "it does otherwise: zero_grad, step, what the optimizer holds, the evaluation."
        )
    elif change is not None:
        slowly = "It learns as it is, but slowly. " if unchanged.learning == "learns_slowly" else ""
        does = "makes it learn" if not slowly else "helps clearly"
        if not change.helps:
            does = "helps, though no more than another rate or seed"
        sentences.append(
            f"{slowly}One change {does}: {change.name}. The loss ends at {change.loss:.4g}, unchanged at {now}."
        )
    elif unchanged.learning == "learns_slowly":
        sentences.append(
            f"It learns as it is, but slowly: the loss goes from {start:.4g} to {now}; no change helps clearly."
        )
    else:
        sentences.append(
            "It does not learn in these steps, and none of the changes that were tried makes it learn clearly better "
            "than another seed or rate."
        )
    if finding is not None:
        sentences.append(f"The doctor: {finding.summary}.".replace("..", "."))
    if change is None and unchanged.learning not in LEARNT and by_heart is not None:
        sentences.append(BY_HEART[by_heart.learning in LEARNT])
    if not complete:
        sentences.append("Not all experiments ran.")
    return " ".join(sentences)


BY_HEART = {
    True: "It can learn one batch by heart, so the way from the inputs to the loss is open: look at the data, and "
    "whether the targets belong to the inputs.",
    False: "It does not learn even one batch by heart in these steps: look at the way from the "
    "model to the loss, and at the optimizer.",
}
