"""Trains every activation at every learning rate with more seeds, for repetitions that are drawn from recorded trials.

    python bench/study_pool.py STUDY OUT [--seeds 20] [--first 900000] [--relume target/release/relume]

STUDY is the folder of a default study of the digits; its activations are trained at the rates that its search tried,
with seeds that it does not have. OUT gets them as trials of a search, and its `study.json`, so that
`bench/study_repetitions.py --resample` and `bench/study_designs.py` can draw from it like from any study. What is there
is not trained again.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import tempfile

from study_noise import name_of, rate_of, searches


def trained(folder):
    """The rates, activations and seeds of a search."""
    return {(rate_of(trial), name_of(trial), trial["seed"]) for trial in searches(folder)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=900_000)
    parser.add_argument("--relume", default="target/release/relume")
    options = parser.parse_args()
    (options.out / "trials").mkdir(parents=True, exist_ok=True)
    shutil.copy(options.study / "study.json", options.out)
    shown = subprocess.run([options.relume, "trial", "--example"], check=True, stdout=subprocess.PIPE, text=True)
    example = json.loads(shown.stdout) | {"panel": "search"}
    # Rates first, so that whole ladders fill up evenly.
    arms = sorted({(rate, activation) for rate, activation, _ in trained(options.study)})
    there = trained(options.out)
    for seed in range(options.first, options.first + options.seeds):
        for rate, activation in arms:
            if (rate, activation, seed) in there:
                continue
            spec = example | {"activation": activation, "learning_rate": rate, "seed": seed}
            with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
                file.write(json.dumps(spec))
                file.flush()
                command = [options.relume, "trial", file.name, "--out", str(options.out)]
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
