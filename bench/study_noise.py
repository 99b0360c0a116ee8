"""What makes the differences between two activations vary from seed to seed, and what each lever against it brings.

    python bench/study_noise.py FOLDER [--out FILE]

Reads the trials of a study that was run (`relume study --out FOLDER`) and takes every pair of activations that
learnt. The spread is the standard deviation over seeds of their paired difference, the median over pairs; the seeds
that a comparison takes grow with its square. Compared are scores on parts of the samples held out, drawn anew several
times; the last epoch with the mean of the last three and with the epoch that was best, chosen and judged on the same
samples; and the loss as a criterion of its own, by how many standard deviations two activations differ.
"""

import argparse
import itertools
import json
import pathlib
import random
from collections import defaultdict
from statistics import correlation, mean, median, stdev

import circumstances

DRAWS = 20
LEARNT = 0.9
"""Of the best mean: what is below that has not learnt, and its spread says nothing of a comparison that is close."""


def name_of(trial):
    """The name of a trial's arm; the first version of the schema knew no arms."""
    return trial["arm"]["name"] if "arm" in trial else trial["activation"]


def rate_of(trial):
    """The learning rate that was chosen for it."""
    return (trial["arm"] if "arm" in trial else trial)["chosen"]["learning_rate"]


def searches(folder):
    """The trials of a study's search for learning rates."""
    return (json.loads(path.read_text()) for path in sorted((folder / "trials").glob("search-*.json")))


def trials_in(folder):
    """By activation and seed, the trials of the comparison that came to an end."""
    found = defaultdict(dict)
    for path in sorted((folder / "trials").glob("main-*.json")):
        trial = json.loads(path.read_text())
        if trial["outcome"] and trial["failure"] is None:
            found[name_of(trial)][trial["seed"]] = trial
    return found


def test(trial):
    return trial["outcome"]["test"]


def last_three(trial):
    return mean(epoch["validation"] for epoch in trial["epochs"][-3:])


def best_epoch(trial):
    return max(epoch["validation"] for epoch in trial["epochs"])


def loss(trial):
    return -trial["epochs"][-1]["validation_loss"]


def on_a_part(share, draw):
    """The score on a share of the samples held out: the same samples for all trials of a seed."""

    def score(trial):
        scores = trial["outcome"]["scores"]
        order = sorted(zip(scores["samples"], scores["values"], strict=True))
        chosen = random.Random(f"{trial['seed']} {draw}").sample(range(len(order)), max(2, round(share * len(order))))
        return mean(order[i][1] for i in chosen)

    return score


def differences(one, other, score):
    return [score(one[seed]) - score(other[seed]) for seed in sorted(one.keys() & other.keys())]


def spreads(pairs, score):
    return [stdev(differences(*pair, score)) for pair in pairs]


def effect(pairs, score):
    """By how many standard deviations of their difference two activations differ."""
    found = [(differences(*pair, score)) for pair in pairs]
    return median(abs(mean(each)) / stdev(each) for each in found if stdev(each) > 0)


def page(folder):
    found = trials_in(folder)
    means = {name: mean(map(test, trials.values())) for name, trials in found.items() if len(trials) > 4}
    learnt = [found[name] for name, reached in means.items() if reached > LEARNT * max(means.values())]
    pairs = [pair for pair in itertools.combinations(learnt, 2) if len(pair[0].keys() & pair[1].keys()) > 4]
    if not pairs:
        raise SystemExit(f"{folder} has no two activations with five seeds in common")
    whole = median(spreads(pairs, test))
    yield "# What makes differences vary"
    yield ""
    yield from circumstances.lines("relume")
    yield f"- {len(learnt)} activations, {len(pairs)} pairs, {sum(map(len, learnt))} trials"
    yield ""
    yield "| score | spread of a paired difference, points | seeds it takes, relative |"
    yield "| :-- | --: | --: |"
    rows = [("all samples held out, last epoch", whole)]
    for share in (0.5, 0.25):
        drawn = [median(spreads(pairs, on_a_part(share, draw))) for draw in range(DRAWS)]
        rows.append((f"{share:.0%} of them", mean(drawn)))
    rows.append(("mean of the last three epochs", median(spreads(pairs, last_three))))
    rows.append(("best epoch, chosen on the same samples", median(spreads(pairs, best_epoch))))
    for name, spread in rows:
        yield f"| {name} | {100 * spread:.3f} | {(spread / whole) ** 2:.2f} |"
    yield ""
    together = [correlation(differences(*pair, test), differences(*pair, loss)) for pair in pairs]
    in_score, in_loss = effect(pairs, test), effect(pairs, loss)
    yield f"- Two differ by {in_score:.2f} standard deviations in score, by {in_loss:.2f} in loss (median)."
    explained = median(r * r for r in together)
    yield f"- The loss explains {explained:.0%} of the variance of a difference in the score (median)."


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, help="also write what is printed to this file")
    options = parser.parse_args()
    circumstances.show(page(options.folder), options.out)


if __name__ == "__main__":
    main()
