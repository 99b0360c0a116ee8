"""Trains the same networks with relume and with PyTorch and prints samples per second side by side.

Both train on the same samples with batches of the same size, SGD with momentum 0.9, one thread per trial. Counted are
the training steps alone: batch, forward, loss, backward, update. Runs of the two take turns. See README.md.
"""

import argparse
import datetime
import gzip
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
RATE, MOMENTUM, CLASSES = 0.01, 0.9, 10

# Name: kind, depth and width as `relume trial` takes them, side of the images, epochs that take some seconds.
NETWORKS = {
    "MLP 64-6×64-10": ("mlp", 6, 64, 8, 150),
    "MLP 64-8×64-10": ("mlp", 8, 64, 8, 150),
    "MLP 64-128-128-10": ("mlp", 2, 128, 8, 200),
    "CNN 28×28, 16-32-64-64": ("cnn", 4, 16, 28, 6),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relume", type=pathlib.Path, default=ROOT / "target/release/relume", help="the program")
    parser.add_argument("--networks", default="", help="only those with this in their name, such as MLP")
    parser.add_argument("--activations", default="relu,gelu", help="separated by commas (default: %(default)s)")
    parser.add_argument("--batch", type=int, default=64, help="samples per step (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="trials at once (default: one per core)")
    parser.add_argument("--repeats", type=int, default=5, help="runs of each (default: %(default)s)")
    parser.add_argument("--out", type=pathlib.Path, help="also write the Markdown page here")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        print(json.dumps(train(**json.loads(options.worker))))
        return
    if not options.relume.exists():
        sys.exit(f"{options.relume} does not exist: run `cargo build --release` first")
    lines = []
    for line in report(options):
        print(line, flush=True)
        lines.append(line)
    if options.out:
        options.out.write_text("\n".join(lines) + "\n")


def report(options):
    yield from heading(options)
    yield "| network | activation | at once | relume | PyTorch | ratio | lowest to highest |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
    with tempfile.TemporaryDirectory() as folder:
        for network, activation, jobs in plan(options):
            print(f"{network}, {activation}, {jobs} at once ...", file=sys.stderr)
            pairs = [measure(options, pathlib.Path(folder), network, activation, jobs) for _ in range(options.repeats)]
            relume, torch = (statistics.median(rates) for rates in zip(*pairs, strict=True))
            ratios = sorted(ours / theirs for ours, theirs in pairs)
            yield (
                f"| {network} | {activation} | {jobs} | {relume:,.0f} | {torch:,.0f} "
                f"| {statistics.median(ratios):.2f} | {ratios[0]:.2f} to {ratios[-1]:.2f} |"
            )


def plan(options):
    for network in filter(lambda name: options.networks in name, NETWORKS):
        for activation in options.activations.split(","):
            for jobs in sorted({1, options.jobs}):
                yield network, activation, jobs


def heading(options):
    import torch

    relume = subprocess.run([options.relume, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], check=False, cwd=ROOT, capture_output=True, text=True
    )
    yield "# Training samples per second: relume and PyTorch"
    yield ""
    yield f"- {datetime.date.today()}, {processor()}, {os.cpu_count()} cores"
    versions = f"PyTorch {torch.__version__}, Python {platform.python_version()}"
    yield f"- {relume} ({commit.stdout.strip() or 'no commit'}), {versions}"
    yield f"- Medians of {options.repeats} runs, the two in turns; *at once*: one thread each, speeds added up"
    yield f"- Batches of {options.batch}, SGD with momentum {MOMENTUM}, f32"
    yield "- relume's doctor watches every step; PyTorch only trains"
    yield ""


def measure(options, folder, network, activation, jobs):
    """Samples per second of `jobs` trials at once: relume's, PyTorch's."""
    kind, depth, width, side, epochs = NETWORKS[network]
    samples = folder / f"digits{side}.npz"
    if not samples.exists():
        np.savez(samples, **digits(side))
    spec = example(options.relume) | {
        "data": {"source": str(samples)},
        "network": {"kind": kind, "depth": depth, "width": width},
        "activation": activation,
        "learning_rate": RATE,
        "batch": options.batch,
        "epochs": epochs,
    }
    specs = [folder / f"spec{job}.json" for job in range(jobs)]
    for job, path in enumerate(specs):
        path.write_text(json.dumps(spec | {"seed": job}))
    written = at_once([[options.relume, "trial", path, "--out", folder] for path in specs])
    ours = [json.loads(pathlib.Path(path.strip()).read_text()) for path in written]

    task = {
        "samples": str(samples),
        "kind": kind,
        "depth": depth,
        "width": width,
        "activation": activation,
        "epochs": epochs,
        "batch": options.batch,
        "train": ours[0]["task"]["samples"]["train"],
    }
    worker = [sys.executable, __file__, "--worker", json.dumps(task)]
    theirs = [json.loads(line) for line in at_once([worker] * jobs)]

    parameters = sum(parameter["elements"] for parameter in ours[0]["record"]["parameters"])
    if parameters != theirs[0]["parameters"]:
        sys.exit(
            f"{network}: relume has {parameters} parameters, PyTorch {theirs[0]['parameters']}: not the same network"
        )
    return tuple(sum(trial["samples_per_second"] for trial in trials) for trials in (ours, theirs))


def example(relume):
    printed = subprocess.run([relume, "trial", "--example"], check=True, capture_output=True, text=True)
    return json.loads(printed.stdout)


def at_once(commands):
    """Runs commands side by side and returns what each printed."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for command in commands]
    printed = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        sys.exit("a trial failed; see above")
    return printed


def digits(side):
    """relume's embedded digits as arrays; for 28 × 28 each pixel is enlarged to 3 × 3 and a border is added."""
    with gzip.open(ROOT / "crates/relume-data/data/digits.csv.gz", "rt") as file:
        rows = np.loadtxt(file, delimiter=",", dtype=np.float32)
    x, y = rows[:, :-1].reshape(-1, 8, 8), rows[:, -1].astype(np.int64)
    if side == 28:
        x = np.pad(np.kron(x, np.ones((1, 3, 3), np.float32)), ((0, 0), (2, 2), (2, 2)))
    return {"x": x, "y": y}


def train(samples, kind, depth, width, activation, epochs, batch, train):
    """What `relume trial` does, in PyTorch's eager mode: the network of crates/relume-study/src/network.rs."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    torch.manual_seed(0)
    data = np.load(samples)
    x, y = torch.from_numpy(data["x"])[:train], torch.from_numpy(data["y"])[:train]
    x = ((x - x.mean()) / x.std()).unsqueeze(1)
    function = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}[activation]

    layers, inputs, side = [], 1, x.shape[-1]
    if kind == "cnn":
        units = width
        for _ in range(depth - 1):
            stride = 2 if side >= 4 else 1
            layers += [nn.Conv2d(inputs, units, 3, stride=stride, padding=1), function()]
            inputs, units, side = units, stride * units, -(-side // stride)
        hidden = [4 * width]
    else:
        hidden = [width] * depth
    layers.append(nn.Flatten())
    inputs *= side * side
    for units in hidden:
        layers += [nn.Linear(inputs, units), function()]
        inputs = units
    model = nn.Sequential(*layers, nn.Linear(inputs, CLASSES))
    for layer in model:
        if hasattr(layer, "weight"):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)

    # The fused form is the fastest of PyTorch's SGD on a CPU.
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM, fused=True)
    loss_of = nn.CrossEntropyLoss()

    def epoch():
        order = torch.randperm(len(x))
        start = time.perf_counter()
        for chosen in order.split(batch):
            optimizer.zero_grad()
            loss = loss_of(model(x[chosen]), y[chosen])
            # relume looks at every loss, to notice when it is no longer finite.
            if not np.isfinite(loss.item()):
                sys.exit("the loss is no longer finite")
            loss.backward()
            optimizer.step()
        return time.perf_counter() - start

    epoch()
    seconds = sum(epoch() for _ in range(epochs))
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return {"samples_per_second": epochs * len(x) / seconds, "parameters": parameters}


def processor():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


if __name__ == "__main__":
    main()
