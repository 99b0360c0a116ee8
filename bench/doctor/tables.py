"""Tables that the cited and the generated part have in common."""

from collections.abc import Callable, Iterator

from doctor.published import TOOLS
from doctor.score import ALARM, FALSE_ALARM, FIRST, NAMED, Case, by_finding, by_tool, grouped, overall

GOALS = {FALSE_ALARM: "0", ALARM: ">= 0.95", FIRST: ">= 0.90"}


def goals(parts: dict[str, list[Case]]) -> Iterator[str]:
    """The figures that have goals, a column for each part."""
    yield f"\n| | goal | {' | '.join(parts)} |"
    yield "|:--|:--|" + ":--|" * len(parts)
    shares = {part: overall(cases) for part, cases in parts.items()}
    for name in (FALSE_ALARM, ALARM, NAMED, FIRST):
        yield f"| {name} | {GOALS.get(name, '')} | {' | '.join(str(shares[part][name]) for part in parts)} |"


def faults(title: str, cases: list[Case], by: Callable[[Case], object]) -> Iterator[str]:
    """The figures of the faulty runs by something."""
    yield f"\n| {title} | alarm | cause named | cause named first |"
    yield "|:--|:--|:--|:--|"
    for name, own in grouped(cases, by).items():
        shares = overall(own)
        yield f"| {name} | {shares[ALARM]} | {shares[NAMED]} | {shares[FIRST]} |"


def findings(cases: list[Case]) -> Iterator[str]:
    yield "\n| finding | of the faulty runs with it, those whose cause it names | healthy runs with it |"
    yield "|:--|:--|--:|"
    for kind, (named, false) in by_finding(cases).items():
        yield f"| {kind} | {named} | {false} |"


def published(cases: list[Case]) -> Iterator[str]:
    yield "\n| definition | alarms in faulty runs | alarms in healthy runs |"
    yield "|:--|:--|:--|"
    for name, shares in by_tool(cases, TOOLS).items():
        yield f"| {name} | {' | '.join(map(str, shares))} |"


def wrong(cases: list[Case]) -> Iterator[str]:
    """What went wrong, run by run."""
    for case in cases:
        said = ", ".join(f"{f['severity']} {f['check']}" for f in case.findings) or "nothing"
        if case.failed:
            said = f"watching ended with {case.failed}"
        if case.label == "healthy":
            fault = "false alarm" if case.findings or case.failed else None
        elif case.label == "faulty":
            fault = "missed" if not case.findings else "cause not named" if not case.named else None
            fault = fault or ("cause not named first" if not case.first else None)
        else:
            fault = None
        if fault:
            yield f"- `{case.key}`{f' ({case.fault})' if case.fault else ''}: {fault}; found {said}"
