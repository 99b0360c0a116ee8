"""Recurrent networks and convolutions over steps, beside what is published.

    python bench/sequences.py [PART ...] [--seeds 3] [--jobs 2] [--page FILE] [--relume target/release/relume]
                              [--data ../shared/data]

Parts: `mnist1d` (the networks of Greydanus, arXiv 2011.14439, each activation), `adding` (two numbers among 100 steps),
`rows` (digits row by row and pixel by pixel), `gates` (sigmoid or hard_sigmoid at the gates), `fsdd` (the recordings of
the Free Spoken Digit Dataset: the customary split, and each speaker held out). Without any, all. Each row trains one
network with each of some seeds by `relume trial`, with Adam and a learning rate that falls to 0.

MNIST's test images (as IDX files) and FSDD are looked for in DATA/mnist-10k and DATA/fsdd; parts that need them say so
where they are absent.
"""

import argparse
import collections
import concurrent.futures
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from statistics import mean, stdev

import circumstances

ACTIVATIONS = ("tanh", "relu", "elu", "gelu")
"""What is compared where nothing else is said."""
FIRST_REPETITIONS = range(5)
"""The repetitions of each word by each speaker that are customarily the test part of FSDD."""


def spec(data, kind, activation, seed, *, network=None, **training):
    """A trial, unlike the example in what is given."""
    example = json.loads(subprocess.run([RELUME, "trial", "--example"], check=True, stdout=subprocess.PIPE).stdout)
    example["data"] = {"source": str(data)} if isinstance(data, (str, pathlib.Path)) else data
    example["network"] = {"kind": kind, "depth": 1, "width": 64} | (network or {})
    usual = {"optimizer": "adam", "learning_rate": 0.003, "batch": 32, "epochs": 20, "clip": 1.0}
    return example | usual | training | {"activation": activation, "seed": seed}


def trial(asked):
    """What comes out of one trial."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "spec.json")
        path.write_text(json.dumps(asked))
        done = subprocess.run(
            [RELUME, "trial", str(path), "--out", folder], check=False, capture_output=True, text=True
        )
        if done.returncode:
            sys.exit(f"{json.dumps(asked)}\n{done.stderr}")
        return json.loads(pathlib.Path(done.stdout.strip()).read_text())


class Rows:
    """Rows of a table, each of several seeds."""

    def __init__(self, seeds, jobs):
        self.seeds = seeds
        self.pool = concurrent.futures.ThreadPoolExecutor(jobs)

    def of(self, make):
        """The trials of the seeds."""
        return list(self.pool.map(trial, [make(seed) for seed in range(self.seeds)]))


def scores(trials):
    """The score of each that did not break down."""
    return [t["outcome"]["test"] for t in trials if t["outcome"] and t["failure"] is None]


def spread(values, scale=100.0):
    if not values:
        return "-"
    shown = f"{scale * mean(values):.1f}"
    return f"{shown} ± {scale * stdev(values):.1f}" if len(values) > 1 else shown


def broke_down(trials):
    lost = sum(t["failure"] is not None for t in trials)
    return f"{lost} of {len(trials)}"


def pace(trials):
    return f"{mean(t['samples_per_second'] for t in trials):.0f}"


def findings(trials):
    """What the doctor says of the trials, and of how many."""
    found = collections.Counter(check for t in trials for check in {f["check"] for f in t["findings"]})
    return ", ".join(f"{check} {n}" for check, n in found.most_common()) or "-"


def through_time(trials):
    """The gradient at the first step over the largest of all steps, at the end of training."""
    facts = [fact for t in trials for fact in (t["record"] or {}).get("setup", {}).get("recurrent", [])]
    ratios = [fact["first_over_largest"] for fact in facts if fact.get("first_over_largest")]
    return f"{10 ** mean(math.log10(ratio) for ratio in ratios):.1e}" if ratios else "-"


MNIST1D = {
    "mlp": (68, "mlp", {"depth": 2, "width": 100}),
    "cnn": (94, "cnn1d", {"depth": 3, "width": 25}),
    "gru": (91, "gru", {"depth": 1, "width": 6, "bidirectional": True, "pooling": "flat"}),
}
"""Published accuracy, and the network: that of the paper, but for the mlp's sum of its two hidden layers."""
PUBLISHED = {"learning_rate": 0.01, "schedule": "constant", "batch": 100, "epochs": 200, "clip": None}
"""How the paper trains: 8,000 steps."""


def mnist1d(rows):
    yield "## mnist1d: 4,000 training and 1,000 test samples of 40 steps"
    yield ""
    yield "| network | published, % | activation | accuracy, % | broke down |"
    yield "| :-- | --: | :-- | --: | --: |"
    for name, (published, kind, network) in MNIST1D.items():
        for activation in ACTIVATIONS:
            found = rows.of(
                lambda seed, kind=kind, activation=activation, network=network: spec(
                    f"mnist1d(seed={seed})", kind, activation, seed, network=network, **PUBLISHED
                )
            )
            yield f"| {name} | {published} | {activation} | {spread(scores(found))} | {broke_down(found)} |"


RECURRENT = {
    "tanh RNN": ("rnn", "tanh", {}),
    "relu RNN": ("rnn", "relu", {}),
    "IRNN (relu)": ("rnn", "relu", {"initialisation": "identity"}),
    "GRU": ("gru", "tanh", {}),
    "GRU, relu at the state": ("gru", "relu", {}),
    "LSTM": ("lstm", "tanh", {}),
    "LSTM, relu at the state": ("lstm", "relu", {}),
}


def recurrent(rows, data, score, **training):
    """The rows of the recurrent networks."""
    for name, (kind, activation, more) in RECURRENT.items():
        found = rows.of(
            lambda seed, kind=kind, activation=activation, more=more: spec(
                data, kind, activation, seed, **({"learning_rate": 0.001} | training | more)
            )
        )
        cells = (score(found), broke_down(found), through_time(found), findings(found))
        yield f"| {name} | {' | '.join(cells)} |"


def adding(rows):
    yield "## adding: two marked numbers among 100 are to be added"
    yield ""
    yield "Predicting the mean gives a mean squared error of 1/6 = 0.167."
    yield ""
    yield "| network | mean squared error | broke down | gradient at the first step over the largest | findings |"
    yield "| :-- | --: | --: | --: | :-- |"

    def error(trials):
        errors = [(1.0 - score) / 6.0 for score in scores(trials)]
        return f"{spread(errors, 1000.0)} · 10⁻³" if errors else "-"

    yield from recurrent(rows, "adding(length=100)", error, epochs=15, held_out=0.2)


def digits(rows, data):
    tasks = [("the embedded digits, pixel by pixel: 64 steps", {"source": "digits", "pixels": True}, 30)]
    if data.exists():
        tasks.insert(0, ("MNIST's 10,000 test images, row by row: 28 steps", {"source": str(data)}, 15))
    else:
        yield f"Not measured: {data.name} is not there."
    for title, source, epochs in tasks:
        yield f"## {title}"
        yield ""
        yield "| network | accuracy, % | broke down | gradient at the first step over the largest | findings |"
        yield "| :-- | --: | --: | --: | :-- |"
        yield from recurrent(rows, source, lambda trials: spread(scores(trials)), epochs=epochs)
        yield ""


def gates(rows):
    yield "## The activation at the gates"
    yield ""
    yield "| network | gates | accuracy, % | training samples a second |"
    yield "| :-- | :-- | --: | --: |"
    for kind in ("gru", "lstm"):
        for gate in ("sigmoid", "hard_sigmoid"):
            found = rows.of(
                lambda seed, kind=kind, gate=gate: spec(
                    f"mnist1d(seed={seed})", kind, "tanh", seed, network={"beside": gate}, epochs=40
                )
            )
            yield f"| {kind} | {gate} | {spread(scores(found))} | {pace(found)} |"


def linked(folder, recordings, is_test):
    """A folder of links to recordings, with the list of its test part."""
    folder.mkdir()
    for recording in recordings:
        os.symlink(recording.resolve(), folder / recording.name)
    (folder / "testing_list.txt").write_text("".join(f"{r.name}\n" for r in recordings if is_test(r.stem)))
    return folder


def fsdd(rows, data):
    if not data.exists():
        yield f"Not measured: {data.name} is not there."
        return
    recordings = sorted(data.rglob("*_*_*.wav"))
    speakers = sorted({re.split("_", r.stem)[1] for r in recordings})
    yield f"## FSDD: {len(recordings)} recordings of ten digits by {len(speakers)} speakers"
    yield ""
    yield "| held out | network | activation | accuracy, % | broke down |"
    yield "| :-- | :-- | :-- | --: | --: |"
    with tempfile.TemporaryDirectory() as top:
        customary = linked(
            pathlib.Path(top, "customary"), recordings, lambda stem: int(stem.split("_")[2]) in FIRST_REPETITIONS
        )
        for kind, network, training in (
            ("cnn1d", {"depth": 3, "width": 64}, {"learning_rate": 0.002, "clip": None}),
            ("gru", {}, {}),
        ):
            for activation in ACTIVATIONS:
                found = rows.of(
                    lambda seed, kind=kind, activation=activation, network=network, training=training: spec(
                        customary, kind, activation, seed, network=network, epochs=30, **training
                    )
                )
                cells = (kind, activation, spread(scores(found)), broke_down(found))
                yield f"| repetitions 0 to 4 | {' | '.join(cells)} |"
        for speaker in speakers:
            folder = linked(pathlib.Path(top, speaker), recordings, lambda stem, s=speaker: stem.split("_")[1] == s)
            for activation in ("tanh", "relu"):
                found = rows.of(
                    lambda seed, folder=folder, activation=activation: spec(folder, "gru", activation, seed, epochs=30)
                )
                yield f"| {speaker} | gru | {activation} | {spread(scores(found))} | {broke_down(found)} |"


def page(arguments):
    rows = Rows(arguments.seeds, arguments.jobs)
    parts = {
        "mnist1d": lambda: mnist1d(rows),
        "adding": lambda: adding(rows),
        "rows": lambda: digits(rows, arguments.data / "mnist-10k"),
        "gates": lambda: gates(rows),
        "fsdd": lambda: fsdd(rows, arguments.data / "fsdd"),
    }
    unknown = [part for part in arguments.parts if part not in parts]
    if unknown:
        sys.exit(f"no part {unknown[0]}; there are {', '.join(parts)}")
    yield "# Networks over steps"
    yield ""
    yield from circumstances.lines("relume")
    yield f"- {arguments.seeds} seeds a row: mean ± standard deviation"
    for name in arguments.parts or parts:
        yield ""
        yield from parts[name]()


def main():
    global RELUME
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--page", type=pathlib.Path)
    parser.add_argument("--relume", default="target/release/relume")
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("../shared/data"))
    arguments = parser.parse_args()
    RELUME = arguments.relume
    circumstances.show(page(arguments), arguments.page)


if __name__ == "__main__":
    main()
