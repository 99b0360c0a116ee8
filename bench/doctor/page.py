"""The page of results."""

from collections.abc import Callable, Iterator

import circumstances
import torch

import relume
from doctor.book import Book
from doctor.published import TOOLS
from doctor.repair import BY_HAND, POINTS, TRIES, best, repaired
from doctor.runs import HELD_OUT
from doctor.score import Case, by_check, by_tool, left_out, overall, share
from doctor.truth import SIGNS, kind, right

PARTS = [*HELD_OUT, "even seeds", "further recipes"]
GOALS = {
    "false alarms: healthy runs with any finding": "0",
    "recall: sick runs with a finding that is true of their cause": ">= 0.95",
    "first prescription right, of all sick runs": ">= 0.90",
}


def page(cases: list[Case], book: Book, every: int | None) -> Iterator[str]:
    """Its lines."""
    yield "# The doctor on runs whose trouble is known\n"
    yield from circumstances.lines(f"relume {relume.__version__}", f"PyTorch {torch.__version__}")
    watched = "Every step was watched" if every == 1 else "Steps were watched as they are by default"
    yield f"- {watched}; shares come with Wilson's 95 % intervals"
    counts = {label: sum(case.label == label for case in cases) for label in ("healthy", "sick", "left out")}
    yield f"- {len(cases)} runs: {counts['healthy']} healthy, {counts['sick']} sick, {counts['left out']} left out"
    outside = ", ".join(f"{cause} {n}" for cause, n in sorted(left_out(cases).items()))
    yield f"- Left out by the rule in `labels.py`: {outside or 'none'}"
    parts = {part: [case for case in cases if case.run.part == part] for part in PARTS}
    yield from goals(parts)
    held = [case for case in cases if case.run.part in HELD_OUT]
    yield from checks(held)
    yield from causes(held)
    yield from tools(held)
    if book.repairs:
        yield from repairs(held, book)
    yield from wrong(cases)


def goals(parts: dict[str, list[Case]]) -> Iterator[str]:
    yield "\n## Overall\n"
    yield "Thresholds may be set on the even seeds and the further recipes. The odd seeds share the even ones' recipes;"
    yield "the drawn recipes were drawn at random, and their verdicts looked at once, when the checks were done."
    yield f"\n| | goal | {' | '.join(parts)} |"
    yield "|:--|:--|" + ":--|" * len(parts)
    shares = {part: overall(cases) for part, cases in parts.items()}
    for name in next(iter(shares.values())):
        yield f"| {name} | {GOALS.get(name, '')} | {' | '.join(str(shares[part][name]) for part in parts)} |"


def checks(held: list[Case]) -> Iterator[str]:
    yield "\n## By check; odd seeds and drawn recipes\n"
    yield "| check | precision | recall on its own causes | false alarms |"
    yield "|:--|:--|:--|--:|"
    for check, (precision, recall, false) in by_check(held).items():
        yield f"| {check} | {precision} | {recall} | {false} |"


def causes(held: list[Case]) -> Iterator[str]:
    yield "\n## By cause; odd seeds and drawn recipes\n"
    yield "| cause | found | first prescription right |"
    yield "|:--|:--|:--|"
    for cause in SIGNS:
        sick = [case for case in held if case.label == "sick" and case.run.cause == cause]
        prescribed = share(sick, lambda case: right(case.run.cause, case.findings))
        yield f"| {cause} | {share(sick, lambda case: case.hit)} | {prescribed} |"


def tools(held: list[Case]) -> Iterator[str]:
    yield "\n## Published definitions on the same runs; odd seeds and drawn recipes\n"
    yield "| definition | precision | alarms in sick runs | alarms in healthy runs |"
    yield "|:--|:--|:--|:--|"
    for name, shares in by_tool(held, TOOLS).items():
        yield f"| {name} | {' | '.join(map(str, shares))} |"


def repairs(held: list[Case], book: Book) -> Iterator[str]:
    """How many sick runs each way repairs."""
    sick = [case for case in held if case.label == "sick" and case.run.key in book.repairs]

    def by(way: str) -> Callable[[Case], bool]:
        return lambda case: repaired(book.repairs[case.run.key][way], book.measured[case.run.twin.key])

    def unsearched(case: Case) -> bool:
        tries = [done for done in book.repairs[case.run.key]["doctor"] if done["rate"] == 1]
        return repaired(tries, book.measured[case.run.twin.key])

    def alone(case: Case) -> bool:
        done = best(book.repairs[case.run.key]["doctor"])
        return by("doctor")(case) and not set(BY_HAND) & set(done["done"] if done else ())

    yield "\n## Repaired: sick runs trained again, odd seeds and drawn recipes\n"
    yield f"Each way has {TRIES} tries, of which that with the smallest loss is kept; repaired is what scores at most"
    yield f"{100 * POINTS:.0f} points below its healthy twin. What is done: [`repair.py`](../doctor/repair.py)."
    ways = {
        "as the doctor prescribes": by("doctor"),
        "without the search for a rate": unsearched,
        "of the first by `treat` alone": alone,
        "unchanged, new seeds": by("new seeds"),
        "learning rate alone": by("learning rate"),
    }
    yield f"\n| cause | {' | '.join(ways)} |"
    yield "|:--|" + ":--|" * len(ways)
    for cause in [None, *SIGNS]:
        those = [case for case in sick if cause in (None, case.run.cause)]
        yield f"| {cause or 'all'} | {' | '.join(str(share(those, test)) for test in ways.values())} |"


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
            yield f"- `{case.run.key}` ({case.run.part}): {fault}; found {said}"
