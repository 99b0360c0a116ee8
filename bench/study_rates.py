"""What it costs to choose learning rates from few seeds.

    python bench/study_rates.py DIR [--repetitions 300] [--page FILE]

DIR holds the studies of `bench/study_repetitions.py`. Seeds with which every rate was tried are drawn from them, and a
rate is chosen for each activation as the study does, from four of them and from all twelve of the burn-in (of which
the last eight have the two best rates of the four alone). Printed is what is lost: by how much the accuracy of the rate
that is chosen, over all recorded seeds, is below the best that breaks down in less than one of 20 trainings; how much
that varies from study to study; and how often the chosen rate breaks down.
"""

import argparse
import pathlib
import random
from collections import defaultdict
from statistics import mean, pstdev

import circumstances
from study_noise import name_of, rate_of, searches

SCREENED, BURN_IN, CONTENDERS = 4, 12, 2
"""As in `crates/relume-study/src/ladder.rs`, and so is this: what gains a smaller share has not learnt."""
LEARNT = 0.1
CONSTANT = 0.1
"""The accuracy of a constant prediction of ten digits."""
RARE = 1 / 20


def recorded(folders):
    """By activation and rate the accuracy of each seed; None where training broke down or learnt nothing."""
    found = defaultdict(lambda: defaultdict(dict))
    for folder in folders:
        for trial in searches(folder):
            reached = trial["outcome"]["test"] if trial["outcome"] and trial["failure"] is None else CONSTANT
            learnt = reached - CONSTANT > LEARNT * (1 - CONSTANT)
            found[name_of(trial)][rate_of(trial)][trial["seed"]] = reached if learnt else None
    return found


def average(scores):
    return mean(CONSTANT if score is None else score for score in scores)


def ranked(rates):
    """The rates of an activation, the best first, judged with their neighbours unless these break down."""
    order = sorted(rates)

    def smooth(i):
        own = average(rates[order[i]])
        sides = [order[j] for j in (i - 1, i + 1) if 0 <= j < len(order) and None not in rates[order[j]]]
        beside = [average(rates[rate]) for rate in sides] + [own] * (2 - len(sides))
        return (sum(beside) + 2 * own) / 4

    return [order[i] for i in sorted(range(len(order)), key=lambda i: (-smooth(i), i))]


def chosen(scores, seeds, refined):
    """The rate that a study with these seeds chooses."""
    best = ranked({rate: [of[seed] for seed in seeds[:SCREENED]] for rate, of in scores.items()})
    if not refined:
        return best[0]
    return max(sorted(best[:CONTENDERS]), key=lambda rate: average(scores[rate][seed] for seed in seeds))


def losses(scores, repetitions, refined):
    """Of repeated choices: what is lost, how it varies, and the share of trainings that break down."""
    most = max(map(len, scores.values()))
    scores = {rate: of for rate, of in scores.items() if len(of) == most}
    common = sorted(set.intersection(*map(set, scores.values())))
    truth = {
        rate: (mean([s for s in of.values() if s is not None] or [CONSTANT]), mean(s is None for s in of.values()))
        for rate, of in ((rate, {seed: of[seed] for seed in common}) for rate, of in scores.items())
    }
    sound = [reached for reached, broken in truth.values() if broken < RARE]
    picks = [truth[chosen(scores, random.sample(common, BURN_IN), refined)] for _ in range(repetitions)]
    reached = [pick[0] for pick in picks]
    return max(sound, default=CONSTANT) - mean(reached), pstdev(reached), mean(pick[1] for pick in picks)


def page(folders, repetitions):
    random.seed(0)
    yield "# What it costs to choose learning rates from few seeds"
    yield ""
    yield from circumstances.lines("relume")
    yield f"- {repetitions} choices drawn from the seeds of {len(folders)} studies that tried every rate"
    yield ""
    yield "| activation | lost by four, points | varies by | breaks down | lost by twelve | varies by | breaks down |"
    yield "| :-- | --: | --: | --: | --: | --: | --: |"
    for name, scores in sorted(recorded(folders).items()):
        cells = []
        for refined in (False, True):
            lost, varies, broken = losses(scores, repetitions, refined)
            cells += [f"{100 * lost:.2f}", f"{100 * varies:.2f}", f"{broken:.1%}"]
        yield f"| {name} | {' | '.join(cells)} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--repetitions", type=int, default=300)
    parser.add_argument("--page", type=pathlib.Path, help="also write what is printed to this file")
    options = parser.parse_args()
    folders = sorted(options.folder.glob("seed*"))
    circumstances.show(page(folders, options.repetitions), options.page)


if __name__ == "__main__":
    main()
