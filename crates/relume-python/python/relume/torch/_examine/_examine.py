"""The examination, as users meet it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from relume.torch._compare._trial import seed_all, the_same_random_numbers
from relume.torch._examine import _headline
from relume.torch._examine._batches import taken
from relume.torch._examine._copies import Copy
from relume.torch._examine._course import Course
from relume.torch._examine._examination import Examination
from relume.torch._examine._experiments import EXPERIMENTS, SEED, Experiment, Known, as_prescribed
from relume.torch._examine._judgement import LEARNT, beats, end, learning
from relume.torch._examine._outcomes import ANOTHER_SEED, Outcome
from relume.torch._examine._training import WrongLoss, losses
from relume.torch._watch import Doctor, watch

STEPS = 60
"""From so many steps on the doctor says of a network that it does not learn."""


def examine(
    model: nn.Module,
    optimizer: Optimizer,
    loss_fn: Callable[[Any, Any], Any],
    batches: Iterable[Any],
    seconds: float = 30.0,
    *,
    steps: int = STEPS,
    progress: bool = True,
) -> Examination:
    """Tries on copies of a model which single change makes it learn.

    >>> import torch, relume.torch
    >>> from torch import nn
    >>> _ = torch.manual_seed(0)
    >>> x = 500 + 200 * torch.randn(960, 8)
    >>> t = (x[:, 0] > x[:, 1]).long()
    >>> model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 2))
    >>> optimizer = torch.optim.SGD(model.parameters(), 0.1)
    >>> def loss_fn(model, batch):
    ...     return nn.functional.cross_entropy(model(batch[0]), batch[1])
    >>> batches = list(zip(x.split(32), t.split(32)))
    >>> examination = relume.torch.examine(model, optimizer, loss_fn, batches)
    >>> examination.learns, examination.cause, examination.helps[0]
    (False, 'input_scale', 'inputs standardised')

    The experiments, one change each, in this order: unchanged; the controls, which are another seed (the weights of
    each layer in another order, dropout drawn anew) and ten times and a tenth of the learning rate; inputs
    standardised; the last activation taken away; weights drawn anew by the rule that fits the activations; another
    activation; gradients clipped; one batch learnt by heart; and what the doctor prescribes first, if it is none of
    these. A change helps if it learns, and its loss ends clearly below that of all controls. If the unchanged copy
    learns well, nothing else is tried.

    Nothing of yours is changed: not the model, its mode, gradients or hooks, not the optimizer, nor the state of random
    generators. Hooks of the model run in the copies as well. The same arguments give the same result, as long as all
    experiments have the time to run.

    Args:
        model: What you train, as it is before its training, or as it is now.
        optimizer: That trains it, with its learning rate and all that it remembers.
        loss_fn: ``loss_fn(model, batch)`` calls the model that it is given and returns the loss.
        batches: A list of batches, a ``DataLoader``, or any iterable of them: at most ``steps`` are taken, once. If
            there are fewer, they are used again.
        seconds: After so many, no further experiment is begun or goes on; the result says which are missing.
        steps: Of each experiment.
        progress: Show on standard error, or in the notebook, how far it has come, if it takes longer than two seconds.

    Returns:
        The examination, which can be printed: which changes help, and all courses of the loss side by side. An
        interruption from the keyboard gives what is known by then.
    """
    check(model, optimizer, loss_fn, seconds, steps)
    course = Course(seconds, progress)
    with the_same_random_numbers(), torch.inference_mode(False), torch.enable_grad(), course:
        found = taken(batches, steps, SEED)
        return Trials(model, optimizer, loss_fn, found, steps, course).run()


def check(model: Any, optimizer: Any, loss_fn: Any, seconds: Any, steps: Any) -> None:
    """Says what is wrong with the arguments, if anything is."""
    if not isinstance(model, nn.Module):
        raise TypeError(f"examine() takes a torch.nn.Module, not {type(model).__name__}")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"examine(): optimizer is a torch.optim.Optimizer, not {type(optimizer).__name__}")
    criterion = isinstance(loss_fn, nn.Module) or getattr(loss_fn, "__module__", None) == nn.functional.__name__
    if criterion or not callable(loss_fn):
        raise TypeError(
            f"examine(): loss_fn is {type(loss_fn).__name__}, expected a function loss_fn(model, batch), such as "
            "lambda model, batch: F.cross_entropy(model(batch[0]), batch[1])"
        )
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < math.inf:
        raise ValueError(f"examine(): seconds is {seconds!r}, expected a number above 0")
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 12:
        raise ValueError(f"examine(): steps is {steps!r}, expected a whole number of at least 12, better 60")


class Trials:
    """Runs the experiments one after the other."""

    def __init__(
        self,
        model: nn.Module,
        optimizer: Optimizer,
        loss_fn: Callable[[Any, Any], Any],
        batches: list[Any],
        steps: int,
        course: Course,
    ) -> None:
        self.original = (model, optimizer, loss_fn)
        self.batches, self.steps, self.course = batches, steps, course
        self.known: Known | None = None
        self.baseline: float | None = None
        self.reference = math.nan
        self.outcomes: list[Outcome] = []
        self.tried: dict[str, Experiment] = {}

    def run(self) -> Examination:
        planned = list(EXPERIMENTS)
        ended = None
        try:
            self.unchanged(planned[0])
            while len(self.outcomes) < len(planned) and ended is None:
                ended = self.next(planned)
        except KeyboardInterrupt:
            ended = "interrupted"
        if not self.outcomes:
            raise KeyboardInterrupt
        left = tuple(experiment.name for experiment in planned[len(self.outcomes) :])
        return self.summed_up(left, ended if left else None)

    def next(self, planned: list[Experiment]) -> str | None:
        """Runs the next experiment; returns why not, where it ends here."""
        first = self.outcomes[0]
        if first.learning == "learns":
            return "it learns"
        if len(self.outcomes) == 1 and self.known is not None:
            extra = as_prescribed(self.known.doctor)
            planned += [] if extra is None else [extra]
        outcome = self.tried_out(planned[len(self.outcomes)])
        if outcome is None:
            return "out of time"
        self.outcomes.append(outcome)
        return None

    def unchanged(self, experiment: Experiment) -> None:
        """The first experiment, which is watched."""
        self.course.begins(experiment.name)
        seed_all(SEED)
        copied = Copy.of(*self.original)
        doctor = watch(copied.model, optimizer=copied.optimizer)
        try:
            with doctor:
                seen = losses(copied, self.batches, self.steps, self.original[0], self.course.goes_on)
        except (WrongLoss, ValueError) as error:
            raise ValueError(f"examine(): {error}") from error
        if not seen:
            raise ValueError("examine(): there was no time for a single step; give more seconds")
        seen_by_doctor = doctor.to_dict()
        known = seen_by_doctor["record"]["baseline_loss"]
        self.baseline = known if known else None
        self.reference = self.baseline if self.baseline is not None else seen[0] if math.isfinite(seen[0]) else 1.0
        self.known = Known(doctor, self.batches)
        complete = len(seen) == self.steps or not math.isfinite(seen[-1])
        state = seen_by_doctor["learning"]["state"] if complete else None
        self.tried[experiment.name] = experiment
        self.outcomes.append(Outcome(experiment.name, tuple(seen), state, end(seen), None))

    def tried_out(self, experiment: Experiment) -> Outcome | None:
        """What came of an experiment; None if the time is over before its end."""
        if not self.course.goes_on() or self.known is None:
            return None
        self.course.begins(experiment.name)
        self.tried[experiment.name] = experiment
        name = experiment.name
        seed_all(SEED)
        copied = Copy.of(*self.original)
        with ExitStack() as stack:
            doctor: Doctor | None = None
            try:
                arm = experiment.change(copied, self.known)
                stack.enter_context(arm.steps(copied.model))
                if "loss_mismatch" in experiment.causes:
                    doctor = stack.enter_context(watch(copied.model, optimizer=copied.optimizer))
                batches = self.batches[: experiment.batches]
                seen = losses(copied, batches, self.steps, self.original[0], self.course.goes_on)
            except Exception as error:
                return Outcome(name, (), None, None, None, untried=reason(error))
        if len(seen) < self.steps and all(map(math.isfinite, seen)):
            return None
        # One batch has another baseline, which is not known.
        state = learning(seen, self.baseline if experiment.batches is None else None)
        level = end(seen)
        if experiment.batches is not None:
            return Outcome(name, tuple(seen), state, level, None)
        fits = doctor is None or all(finding.check != "loss_mismatch" for finding in doctor.findings)
        controls = self.against(experiment)
        beaten = [other.name for other in controls if beats(seen, other.losses, self.reference)] if fits else []
        helps = state in LEARNT and level is not None and len(beaten) == len(controls)
        if name == ANOTHER_SEED:
            # Of two seeds that learn, one is better by chance.
            helps = helps and self.outcomes[0].learning not in LEARNT
        return Outcome(name, tuple(seen), state, level, helps, tuple(beaten))

    def against(self, experiment: Experiment) -> list[Outcome]:
        """The controls that a change must beat."""
        controls = [outcome for outcome in self.outcomes if self.tried[outcome.name].control]
        return [each for each in controls if not (experiment.rate and self.tried[each.name].rate) and not each.untried]

    def summed_up(self, left: tuple[str, ...], ended: str | None) -> Examination:
        assert self.known is not None
        first = self.outcomes[0]
        findings = [finding for finding in self.known.doctor.findings if finding.follows_from is None]
        change = _headline.chosen(self.outcomes, self.tried, findings, self.reference)
        check, finding = _headline.cause(first.learning, findings, None if change is None else self.tried[change.name])
        by_heart = next((o for o in self.outcomes if self.tried[o.name].batches is not None), None)
        complete = ended in (None, "it learns")
        return Examination(
            tuple(self.outcomes),
            _headline.headline(first, change, finding, by_heart, complete),
            check,
            finding,
            self.reference,
            self.baseline is not None,
            self.steps,
            len(self.batches),
            left,
            ended,
            self.known.doctor,
        )


def reason(error: Exception) -> str:
    words = " ".join(str(error).split()).removeprefix("treat(): ")
    return words if isinstance(error, ValueError | WrongLoss) else f"{type(error).__name__}: {words}"
