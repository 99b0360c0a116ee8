"""Whether the verdicts of a study hold when it is repeated with other seeds.

    python bench/study_repetitions.py [--studies 10] [--out DIR] [--relume target/release/relume] [-- ARGUMENTS]

Runs `relume study --seed 0`, `--seed 1`, ..., which share no seed, each in a folder of its own (one that is there is
gone on with), and compares their verdicts. Two repetitions contradict each other if no true means satisfy all
verdicts of both: each verdict bounds the difference of two means, and the bounds of both together have no solution.
"""

import argparse
import itertools
import json
import pathlib
import subprocess

import circumstances

TINY = 1e-9
CONTROL = "identity"


def study(relume, seed, folder, arguments):
    """The judgement of one study, and how many trials it took."""
    command = [relume, "study", *arguments, "--seed", str(seed), "--out", str(folder), "--format", "json"]
    resumed = ["--resume"] if (folder / "study.json").exists() else []
    done = subprocess.run(command + resumed, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout), len(list((folder / "trials").glob("*.json")))


def bounds(judgement):
    """What the verdicts say, as triples (a, b, c): the mean of a is at most that of b plus c."""
    margin = judgement["margin"]
    for standing in judgement["standings"]:
        found = standing["difference"]
        if found is None:
            continue
        one, other, kind = standing["activation"], found["to"], standing["verdict"]["kind"]
        if kind == "equivalent":
            yield one, other, margin
            yield other, one, margin
        elif kind == "slightly_worse":
            yield one, other, -TINY
            yield other, one, margin
        elif kind == "below":
            yield one, other, -TINY
        elif kind == "better":
            yield other, one, -TINY
        elif kind == "worse" and found["interval"]["high"] < -margin:
            yield one, other, -margin - TINY


def satisfiable(constraints):
    """Whether differences bounded like this have a solution: they have one where no circle of bounds is negative."""
    heights = dict.fromkeys([name for one, other, _ in constraints for name in (one, other)], 0.0)
    for _ in range(len(heights) + 1):
        changed = False
        for one, other, most in constraints:
            if heights[one] > heights[other] + most + TINY / 100:
                heights[one] = heights[other] + most
                changed = True
        if not changed:
            return True
    return False


def kinds(judgement):
    return {s["activation"]: s["verdict"]["kind"] for s in judgement["standings"]}


def page(studies):
    yield "# The default study, repeated with other seeds"
    yield ""
    yield from circumstances.lines("relume")
    yield ""
    yield "| seed | recommended | group of best | seeds | trials | decided | headline |"
    yield "| --: | :-- | :-- | --: | --: | --: | :-- |"
    decided = compared = 0
    for seed, (judgement, trials) in enumerate(studies):
        others = [kind for name, kind in kinds(judgement).items() if kind != "best" and name != CONTROL]
        settled = sum(kind != "undecided" for kind in others)
        decided, compared = decided + settled, compared + len(others)
        advice = judgement["recommendation"]
        yield (
            f"| {seed} | {advice['activation'] or '-'} | {', '.join(advice['group'])} | {len(judgement['seeds'])} "
            f"| {trials} | {settled} of {len(others)} | {advice['headline']} |"
        )
    pairs = list(itertools.combinations([judgement for judgement, _ in studies], 2))
    contradictory = sum(not satisfiable([*bounds(a), *bounds(b)]) for a, b in pairs)
    named = [(a["recommendation"]["activation"], b) for a, b in itertools.permutations([j for j, _ in studies], 2)]
    named = [(name, other) for name, other in named if name is not None]
    refuted = sum(kinds(other).get(name) in ("worse", "below") for name, other in named)
    yield ""
    yield f"- Pairs of repetitions that contradict each other: {contradictory} of {len(pairs)}."
    yield f"- What one recommends is worse or below in another: {refuted} of {len(named)}."
    yield f"- Comparisons decided (the control's aside): {decided} of {compared}, {decided / max(compared, 1):.0%}."
    yield f"- Trials, searches included: at most {max(trials for _, trials in studies)}."


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=10)
    parser.add_argument(
        "--out", type=pathlib.Path, default=pathlib.Path("target/repetitions"), help="folder of the studies"
    )
    parser.add_argument("--page", type=pathlib.Path, help="also write what is printed to this file")
    parser.add_argument("--relume", default="target/release/relume")
    parser.add_argument("arguments", nargs="*", help="for relume study; by default its own defaults")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    arguments = options.arguments or ["--no-stress"]
    numbers = range(options.studies)
    studies = [study(options.relume, seed, options.out / f"seed{seed}", arguments) for seed in numbers]
    circumstances.show(page(studies), options.page)


if __name__ == "__main__":
    main()
