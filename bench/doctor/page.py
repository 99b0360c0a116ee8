"""The page of results."""

from collections.abc import Iterator

import circumstances
import torch

import relume
from doctor.published import TOOLS
from doctor.score import Case, by_check, by_tool, left_out, overall, share
from doctor.truth import SIGNS, kind, right

GOALS = {
    "false alarms: healthy runs with any finding": "0",
    "recall: sick runs with a finding that is true of their cause": ">= 0.95",
    "first prescription right, of all sick runs": ">= 0.90",
}


def page(cases: list[Case], every: int | None) -> Iterator[str]:
    """Its lines."""
    yield "# The doctor on runs whose trouble is known\n"
    yield from circumstances.lines(f"relume {relume.__version__}", f"PyTorch {torch.__version__}")
    watched = "Every step was watched" if every == 1 else "Steps were watched as they are by default"
    yield f"- {watched}; shares come with Wilson's 95 % intervals"
    counts = {label: sum(case.label == label for case in cases) for label in ("healthy", "sick", "left out")}
    yield f"- {len(cases)} runs: {counts['healthy']} healthy, {counts['sick']} sick, {counts['left out']} left out"
    outside = ", ".join(f"{cause} {n}" for cause, n in sorted(left_out(cases).items()))
    yield f"- Left out by the rule in `labels.py`: {outside or 'none'}"
    held, tuned = ([c for c in cases if c.run.held_out is half] for half in (True, False))
    yield from goals(held, tuned)
    yield from checks(held)
    yield from causes(held)
    yield from tools(held)
    yield from wrong(cases)


def goals(held: list[Case], tuned: list[Case]) -> Iterator[str]:
    yield "\n## Overall\n"
    yield "Thresholds may be set on the even seeds; the odd ones are held out.\n"
    yield "| | goal | held out | even seeds |"
    yield "|:--|:--|:--|:--|"
    other = overall(tuned)
    for name, found in overall(held).items():
        yield f"| {name} | {GOALS.get(name, '')} | {found} | {other[name]} |"


def checks(held: list[Case]) -> Iterator[str]:
    yield "\n## By check, held out\n"
    yield "| check | precision | recall on its own causes | false alarms |"
    yield "|:--|:--|:--|--:|"
    for check, (precision, recall, false) in by_check(held).items():
        yield f"| {check} | {precision} | {recall} | {false} |"


def causes(held: list[Case]) -> Iterator[str]:
    yield "\n## By cause, held out\n"
    yield "| cause | found | first prescription right |"
    yield "|:--|:--|:--|"
    for cause in SIGNS:
        sick = [case for case in held if case.label == "sick" and case.run.cause == cause]
        prescribed = share(sick, lambda case: right(case.run.cause, case.findings))
        yield f"| {cause} | {share(sick, lambda case: case.hit)} | {prescribed} |"


def tools(held: list[Case]) -> Iterator[str]:
    yield "\n## Published definitions on the same runs, held out\n"
    yield "| definition | precision | alarms in sick runs | alarms in healthy runs |"
    yield "|:--|:--|:--|:--|"
    for name, shares in by_tool(held, TOOLS).items():
        yield f"| {name} | {' | '.join(map(str, shares))} |"


def wrong(cases: list[Case]) -> Iterator[str]:
    """What went wrong, run by run."""
    yield "\n## What the doctor got wrong\n"
    for case in cases:
        if case.label == "left out":
            continue
        said = ", ".join(f"{f['severity']} {f['check']}" for f in case.findings) or "nothing"
        if case.label == "healthy":
            fault = "false alarm" if case.findings else None
        elif not case.hit:
            fault = "missed"
        elif not right(case.run.cause, case.findings):
            fault = f"first prescription is *{kind(case.findings[0]['prescription'][0])}*"
        else:
            fault = None
        if fault:
            yield f"- `{case.run.key}`{'' if case.run.held_out else ' (even seed)'}: {fault}; found {said}"
