"""How many trials other designs need for what the study says, on the same recorded scores.

    pip install adastop scipy
    python bench/study_designs.py DIR [--repetitions 40] [--adastop 10] [--replay target/release/examples/replay]

DIR holds the studies of `bench/study_repetitions.py`. Repetitions of the study are drawn from them as there; each has
chosen its learning rates. At the same rates, with seeds drawn from the same:

- a fixed design trains every activation with the same number of seeds and looks once: Student's intervals, Bonferroni
  for all pairs, verdicts as in the study. The number is sought that decides as large a share of the comparisons;
- AdaStop (T. Mathieu and others, arXiv 2306.10882; PyPI `adastop`) compares all pairs by permutations, and stops what
  it has decided. It knows no margin: only what is *below* is asked for. Counted are the activations found below the one
  whose mean over all recorded seeds is the best.

All three err with probability 0.05 at most.
"""

import argparse
import itertools
import pathlib
from statistics import mean

import circumstances
import numpy
import study_repetitions
from scipy.stats import t
from study_noise import name_of, rate_of, searches

ERROR = 0.05
CONTROL = "identity"
BELOW = ("below", "worse", "slightly_worse")


def recorded(folders):
    """By activation, rate and seed, the scores of the searches; None where training broke down."""
    found = {}
    for trial in itertools.chain.from_iterable(map(searches, folders)):
        sound = trial["outcome"] is not None and trial["failure"] is None
        key = name_of(trial), rate_of(trial), trial["seed"]
        found[key] = trial["outcome"]["test"] if sound else None
    return found


def rates_of(judgement):
    def first(rate):
        return rate[0] if isinstance(rate, list) else rate

    return {each["activation"]: first(each["chosen"]["learning_rate"]) for each in judgement["standings"]}


class Scores:
    """The scores of each activation at its rate, for the seeds that have all of them."""

    def __init__(self, pool, rates):
        self.names = sorted(rates)
        seeds = sorted({seed for _, _, seed in pool})
        rows = [[pool.get((name, rates[name], seed)) for name in self.names] for seed in seeds]
        self.rows = numpy.array([row for row in rows if None not in row])
        self.may_lead = numpy.array([name != CONTROL for name in self.names])
        self.best = self.leader(self.rows)

    def leader(self, rows):
        return int(numpy.where(self.may_lead, rows.mean(0), -numpy.inf).argmax())

    def others(self, leader):
        return [i for i in range(len(self.names)) if i != leader and self.may_lead[i]]


def fixed(scores, seeds, margin, quantile, rng):
    """The share of comparisons that a fixed design decides, and that of those that it finds below the true best."""
    rows = scores.rows[rng.integers(len(scores.rows), size=seeds)]

    def intervals(leader):
        differences = rows[:, scores.others(leader)] - rows[:, [leader]]
        half = quantile * differences.std(0, ddof=1) / seeds**0.5
        return differences.mean(0) - half, differences.mean(0) + half

    low, high = intervals(scores.leader(rows))
    decided = (low >= -margin) & (high <= margin) | (high < 0) | (low > 0)
    return decided.mean(), (intervals(scores.best)[1] < 0).mean()


def fixed_design(drawn, margin, wanted, rng):
    """The smallest number of seeds with which the fixed design decides so large a share, and what it finds below."""
    arms = len(drawn[0].names)
    level = ERROR / (arms * (arms - 1) / 2)
    for seeds in itertools.chain(range(6, 60, 2), range(60, 200, 5), range(200, 1001, 25)):
        quantile = t.isf(level / 2, seeds - 1)
        found = [fixed(scores, seeds, margin, quantile, rng) for scores in drawn]
        share, below = (mean(column) for column in zip(*found, strict=True))
        if share >= wanted:
            return seeds, share, below
    return None


def adastop(scores, size, looks, rng):
    """How many trials AdaStop runs, and the share of the others that it finds below the best."""
    from adastop import MultipleAgentsComparator

    comparator = MultipleAgentsComparator(n=size, K=looks, B=2000, alpha=ERROR, seed=int(rng.integers(2**31)))
    values = {name: numpy.zeros(0) for name in scores.names}
    for _ in range(looks):
        running = comparator.current_comparisons
        for i, name in enumerate(scores.names):
            if running is None or i in running.ravel():
                # It compares unpaired scores, so each has seeds of its own.
                values[name] = numpy.append(values[name], rng.choice(scores.rows[:, i], size))
        comparator.partial_compare(values, verbose=False)
        if comparator.is_finished:
            break

    def below(arm):
        one, other = sorted((arm, scores.best))
        said = comparator.decisions[str(numpy.array([one, other]))]
        return said == ("smaller" if one == arm else "larger")

    return sum(map(len, values.values())), mean(map(below, scores.others(scores.best)))


def below_in(judgement, scores):
    """The share of the others that a repetition of the study finds below the best, or below what is not below it."""
    kinds = study_repetitions.kinds(judgement)
    return mean(kinds[scores.names[i]] in BELOW for i in scores.others(scores.best))


def page(folders, repetitions, compared):
    rng = numpy.random.default_rng(0)
    pool = recorded(folders)
    drawn = [Scores(pool, rates_of(judgement)) for judgement, _ in repetitions]
    kinds = [kind for judgement, _ in repetitions for kind in study_repetitions.others_of(judgement)]
    share = mean(kind != "undecided" for kind in kinds)
    trials = mean(trials for _, trials in repetitions)
    searched = mean(trials - sum(each["trials"] for each in j["standings"]) for j, trials in repetitions)
    found = mean(below_in(judgement, scores) for (judgement, _), scores in zip(repetitions, drawn, strict=True))
    yield "# Designs on the same recorded scores"
    yield ""
    yield from circumstances.lines("relume", "adastop")
    yield (
        f"- {len(repetitions)} repetitions drawn from {len(folders)} studies; {len(drawn[0].names)} activations, "
        f"{len(drawn[0].rows)} recorded seeds"
    )
    yield ""
    yield "| design | trials of the comparison | of the search | decided | found below the best |"
    yield "| :-- | --: | --: | --: | --: |"
    yield f"| the study's race | {trials - searched:.0f} | {searched:.0f} | {share:.0%} | {found:.0%} |"
    fixed_one = fixed_design(drawn, repetitions[0][0]["margin"], share, rng)
    if fixed_one is None:
        yield "| fixed, up to 1,000 seeds each | | | never as many | |"
    else:
        seeds, decided, below = fixed_one
        runs = seeds * len(drawn[0].names)
        yield f"| fixed, {seeds} seeds each | {runs} | {searched:.0f} | {decided:.0%} | {below:.0%} |"
    for size, looks in ((5, 10), (10, 5), (10, 10)):
        runs, below = zip(*(adastop(scores, size, looks, rng) for scores in drawn[:compared]), strict=True)
        yield (
            f"| AdaStop, {looks} looks after {size} each ({len(runs)} repetitions) | {mean(runs):.0f} "
            f"| {searched:.0f} | - | {mean(below):.0%} |"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--repetitions", type=int, default=40)
    parser.add_argument("--adastop", type=int, default=10, help="repetitions of AdaStop, which is slow")
    parser.add_argument("--replay", default="target/release/examples/replay")
    parser.add_argument("--page", type=pathlib.Path, help="also write what is printed to this file")
    options = parser.parse_args()
    folders = sorted(options.folder.glob("seed*"))
    repetitions = study_repetitions.resampled(options.replay, options.repetitions, folders)
    circumstances.show(page(folders, repetitions, options.adastop), options.page)


if __name__ == "__main__":
    main()
