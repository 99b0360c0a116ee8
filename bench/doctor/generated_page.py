"""The part of the page on generated recipes."""

from collections import Counter
from collections.abc import Callable, Iterator

from doctor.book import Book
from doctor.cases import generated_cases
from doctor.examined import SECONDS
from doctor.generated.repair import BY_HAND, POINTS, TRIES, best, repaired
from doctor.generated.runs import HELD_OUT, PARTS, Run
from doctor.generated.truth import FAULTS, right
from doctor.score import ALARM, FALSE_ALARM, FIRST, Case, faulty, healthy, overall, share
from doctor.tables import faults, findings, goals, published, wrong


def lines(runs: list[Run], book: Book) -> Iterator[str]:
    cases, by_key = generated_cases(book, runs), {run.key: run for run in runs}
    parts = {part: [case for case in cases if case.part == part] for part in PARTS}
    held = [case for case in cases if case.part in HELD_OUT]
    outside = Counter(by_key[case.key].cause or "no cause" for case in cases if case.label == "left out")
    yield "\n## Generated recipes\n"
    yield "Networks of one generator, with causes that are put into them. Thresholds may be set on the even seeds and"
    yield "the further recipes. The odd seeds share the even ones' recipes; the drawn recipes were drawn at random."
    yield f"\n{len(healthy(cases))} healthy and {len(faulty(cases))} faulty runs; left out by the rule in `labels.py`:"
    yield f"{', '.join(f'{cause} {n}' for cause, n in sorted(outside.items())) or 'none'}."
    yield from goals(parts)
    yield "\n### By cause; odd seeds and drawn recipes"
    yield from faults("cause", held, lambda case: by_key[case.key].cause)
    prescribed = share(faulty(held), lambda case: right(by_key[case.key].cause, case.findings))
    yield f"\nThe first prescription is right in {prescribed} of the faulty runs."
    yield "\n### By finding; odd seeds and drawn recipes"
    yield from findings(held)
    yield "\n### Published definitions on the same runs; odd seeds and drawn recipes"
    yield from published(held)
    if book.repairs:
        yield from repairs([by_key[case.key] for case in faulty(held) if case.key in book.repairs], book)
    examined = [case for case in held if case.key in book.examinations]
    if examined:
        yield from examinations(examined, by_key, book)
    yield "\n### What the doctor got wrong\n"
    yield from wrong(cases)


def examinations(cases: list[Case], by_key: dict[str, Run], book: Book) -> Iterator[str]:
    """How often the cause is named by an examination, beside watching the whole run."""
    results = book.examinations
    cut = sum(results[case.key]["ended"] == "out of time" for case in cases)

    def after(case: Case) -> Case:
        cause = results[case.key]["cause"]
        return case._replace(findings=[] if cause is None else [{"check": cause, "severity": "fault"}])

    yield "\n### Examined by experiment; odd seeds and drawn recipes\n"
    yield f"Sixty steps for each change, at most {SECONDS:.0f} seconds in all"
    yield f"([`examined.py`](../doctor/examined.py)); in {cut} of {len(cases)} runs not all"
    yield "changes had the time. An alarm is a cause that is named."
    yield "\n| | watched | examined |\n|:--|:--|:--|"
    seen = [after(case) for case in cases]
    for name in (FALSE_ALARM, ALARM, FIRST):
        yield f"| {name} | {overall(cases)[name]} | {overall(seen)[name]} |"
    learns = share(healthy(cases), lambda case: results[case.key]["learns"])
    yield f"\nOf the healthy runs {learns} learn in the sixty steps as they are."
    yield "\n| cause named first | watched | examined |\n|:--|:--|:--|"
    for cause in FAULTS:
        pairs = [(c, s) for c, s in zip(cases, seen, strict=True) if by_key[c.key].cause == cause]
        watched, tried = (faulty([pair[i] for pair in pairs]) for i in (0, 1))
        yield f"| {cause} | {share(watched, lambda case: case.first)} | {share(tried, lambda case: case.first)} |"


def repairs(sick: list[Run], book: Book) -> Iterator[str]:
    """How many faulty runs each way repairs."""

    def twin(run: Run) -> dict[str, object]:
        return book.entry(run.twin)["measured"]

    def by(way: str) -> Callable[[Run], bool]:
        return lambda run: repaired(book.repairs[run.key][way], twin(run))

    def unsearched(run: Run) -> bool:
        tries = [done for done in book.repairs[run.key]["doctor"] if done["rate"] == 1]
        return repaired(tries, twin(run))

    def alone(run: Run) -> bool:
        done = best(book.repairs[run.key]["doctor"])
        return by("doctor")(run) and not set(BY_HAND) & set(done["done"] if done else ())

    yield "\n### Repaired: faulty runs trained again, odd seeds and drawn recipes\n"
    yield f"Each way has {TRIES} tries, of which that with the smallest loss is kept; repaired is what scores at most"
    yield f"{100 * POINTS:.0f} points below its healthy twin. What is done:"
    yield "[`repair.py`](../doctor/generated/repair.py)."
    ways = {
        "as the doctor prescribes": by("doctor"),
        "without the search for a rate": unsearched,
        "of the first by `treat` alone": alone,
        "unchanged, new seeds": by("new seeds"),
        "learning rate alone": by("learning rate"),
    }
    yield f"\n| cause | {' | '.join(ways)} |"
    yield "|:--|" + ":--|" * len(ways)
    for cause in [None, *FAULTS]:
        those = [run for run in sick if cause in (None, run.cause)]
        yield f"| {cause or 'all'} | {' | '.join(str(share(those, test)) for test in ways.values())} |"
