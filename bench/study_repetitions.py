"""Whether the verdicts of a study hold when it is repeated with other seeds.

    python bench/study_repetitions.py [--studies 10] [--out DIR] [--relume target/release/relume] [-- ARGUMENTS]
    python bench/study_repetitions.py --against DIR --from OTHER [--relume target/release/relume]
    python bench/study_repetitions.py --resample 200 --from DIR [--replay target/release/examples/replay]

Runs `relume study --seed 0`, `--seed 1`, ..., which share no seed, each in a folder of its own (one that is there is
gone on with), and compares their verdicts. Two repetitions contradict each other if no true means satisfy all
verdicts of both: each verdict bounds the difference of two means, and the bounds of both together have no solution.

With `--against` nothing is trained: the studies of one folder are compared with those of another, run by another build
(`default = []` in crates/relume/Cargo.toml leaves out AVX-512) or on another machine.

With `--resample` nothing is trained: the seeds of many repetitions are drawn, with replacement, from those of studies
that were run (`cargo build --release -p relume-study --example replay`). The whole procedure is repeated, the choice
of learning rates too, for which a seed must have been trained at every rate: these are the seeds of the searches, four
of each study.
"""

import argparse
import itertools
import json
import pathlib
import subprocess
from collections import Counter

import circumstances

TINY = 1e-9
CONTROL = "identity"


def study(relume, seed, folder, arguments):
    """The judgement of one study, and how many trials it took."""
    command = [relume, "study", *arguments, "--seed", str(seed), "--out", str(folder), "--format", "json"]
    resumed = ["--resume"] if (folder / "study.json").exists() else []
    done = subprocess.run(command + resumed, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout), len(list((folder / "trials").glob("*.json")))


def judged(relume, folder):
    """The judgements of the studies that were run in a folder."""
    studies = sorted(folder.glob("seed*"))
    reports = ([relume, "report", str(study), "--format", "json"] for study in studies)
    return [json.loads(subprocess.run(each, check=True, stdout=subprocess.PIPE, text=True).stdout) for each in reports]


def between(ones, others):
    """Whether the studies of two folders agree."""
    pairs = list(itertools.product(ones, others))
    limits = {id(judgement): list(bounds(judgement)) for judgement in (*ones, *others)}
    contradictory = sum(not satisfiable([*limits[id(one)], *limits[id(other)]]) for one, other in pairs)
    named = [(a["recommendation"]["activation"], b) for a, b in (*pairs, *((b, a) for a, b in pairs))]
    named = [(name, other) for name, other in named if name is not None]
    refuted = sum(kinds(other).get(name) in ("worse", "below") for name, other in named)
    yield f"- {len(ones)} studies against {len(others)}"
    yield f"- Pairs that contradict each other: {contradictory} of {len(pairs)}."
    yield f"- What one recommends is worse or below in the other: {refuted} of {len(named)}."


def resampled(replay, repetitions, folders):
    """The judgements of studies whose trials are drawn from recorded ones, and how many trials each took."""
    done = subprocess.run([replay, str(repetitions), *map(str, folders)], check=True, stdout=subprocess.PIPE, text=True)
    found = map(json.loads, done.stdout.splitlines())
    return [(each["judgement"], each["trials"]) for each in found]


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


def others_of(judgement):
    """The verdicts on all but the best and the control."""
    return [kind for name, kind in kinds(judgement).items() if kind != "best" and name != CONTROL]


def each_study(studies):
    yield "| seed | recommended | group of best | seeds | trials | decided | headline |"
    yield "| --: | :-- | :-- | --: | --: | --: | :-- |"
    for seed, (judgement, trials) in enumerate(studies):
        others = others_of(judgement)
        settled = sum(kind != "undecided" for kind in others)
        advice = judgement["recommendation"]
        yield (
            f"| {seed} | {advice['activation'] or '-'} | {', '.join(advice['group'])} | {len(judgement['seeds'])} "
            f"| {trials} | {settled} of {len(others)} | {advice['headline']} |"
        )


def by_recommendation(studies):
    named = Counter(judgement["recommendation"]["activation"] or "-" for judgement, _ in studies)
    yield "| recommended | repetitions |"
    yield "| :-- | --: |"
    for name, times in named.most_common():
        yield f"| {name} | {times} |"
    yield ""
    yield "| verdict | comparisons |"
    yield "| :-- | --: |"
    for kind, times in Counter(kind for judgement, _ in studies for kind in others_of(judgement)).most_common():
        yield f"| {kind.replace('_', ' ')} | {times} |"


def summary(studies):
    judgements = [judgement for judgement, _ in studies]
    limits = [list(bounds(judgement)) for judgement in judgements]
    pairs = list(itertools.combinations(limits, 2))
    contradictory = sum(not satisfiable([*one, *other]) for one, other in pairs)
    named = [(a["recommendation"]["activation"], b) for a, b in itertools.permutations(judgements, 2)]
    named = [(name, other) for name, other in named if name is not None]
    refuted = sum(kinds(other).get(name) in ("worse", "below") for name, other in named)
    verdicts = [kind for judgement in judgements for kind in others_of(judgement)]
    decided = sum(kind != "undecided" for kind in verdicts)
    of = f"{decided} of {len(verdicts)}, {decided / max(len(verdicts), 1):.0%}"
    trials = sorted(trials for _, trials in studies)
    share = contradictory / max(len(pairs), 1)
    yield f"- Pairs of repetitions that contradict each other: {contradictory} of {len(pairs)}, {share:.1%}."
    yield f"- What one recommends is worse or below in another: {refuted} of {len(named)}."
    yield f"- Comparisons decided (the control's aside): {of}."
    yield f"- Trials, searches included: {trials[len(trials) // 2]} in the middle, {trials[-1]} at most."


def page(title, studies, table):
    yield f"# {title}"
    yield ""
    yield from circumstances.lines("relume")
    yield ""
    yield from table(studies)
    yield ""
    yield from summary(studies)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=10)
    parser.add_argument(
        "--out", type=pathlib.Path, default=pathlib.Path("target/repetitions"), help="folder of the studies"
    )
    parser.add_argument("--page", type=pathlib.Path, help="also write what is printed to this file")
    parser.add_argument("--relume", default="target/release/relume")
    parser.add_argument("--resample", type=int, metavar="N", help="draw so many repetitions from recorded trials")
    parser.add_argument("--against", type=pathlib.Path, metavar="DIR", help="compare its studies with those of --from")
    parser.add_argument("--from", type=pathlib.Path, dest="recorded", help="folder of the studies that recorded them")
    parser.add_argument("--replay", default="target/release/examples/replay")
    parser.add_argument("arguments", nargs="*", help="for relume study; by default its own defaults")
    options = parser.parse_args()
    if options.against:
        ones, others = (judged(options.relume, folder) for folder in (options.against, options.recorded or options.out))
        lines = ["# Studies of two builds", "", *circumstances.lines("relume"), *between(ones, others)]
        circumstances.show(lines, options.page)
        return
    if options.resample:
        folders = sorted((options.recorded or options.out).glob("seed*"))
        studies = resampled(options.replay, options.resample, folders)
        title = f"The default study, {len(studies)} times with seeds drawn from those of {len(folders)} studies"
        circumstances.show(page(title, studies, by_recommendation), options.page)
        return
    options.out.mkdir(parents=True, exist_ok=True)
    arguments = options.arguments or ["--no-stress"]
    numbers = range(options.studies)
    studies = [study(options.relume, seed, options.out / f"seed{seed}", arguments) for seed in numbers]
    circumstances.show(page("The default study, repeated with other seeds", studies, each_study), options.page)


if __name__ == "__main__":
    main()
