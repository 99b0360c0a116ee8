"""A training step of small networks with PyTorch's activations and with relume's, and the memory it takes.

    python bench/torch_nets.py [--threads 1 2] [--seconds 5] [--memory]

The same network is timed before and after `relume.torch.replace`, in turn; a figure is the median of a step's time and
of the ratio of neighbours. "Kept" is what autograd keeps between forward and backward apart from parameters, "peak"
the most that is allocated during a step beyond what was allocated before it.
"""

import argparse
import pathlib
import time
from statistics import median

import circumstances
import torch
from torch import nn
from torch.autograd.graph import saved_tensors_hooks
from torch.profiler import ProfilerActivity, profile

import relume
import relume.torch


def cnn(activation):
    layers = []
    for inputs, outputs in [(3, 32), (32, 64), (64, 64)]:
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), activation(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * 16, 10)), torch.randn(32, 3, 32, 32)


def mlp(activation):
    layers = [nn.Linear(784, 1024), activation(), nn.Linear(1024, 1024), activation(), nn.Linear(1024, 10)]
    return nn.Sequential(*layers), torch.randn(256, 784)


class Block(nn.Module):
    """A transformer's block, before a head."""

    def __init__(self, width=256):
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.attention = nn.MultiheadAttention(width, 4, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU("tanh"), nn.Linear(4 * width, width))
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        z = self.norms[0](x)
        x = x + self.attention(z, z, z, need_weights=False)[0]
        x = x + self.mlp(self.norms[1](x))
        return self.head(x.mean(1))


NETS = {
    "CNN with Mish": lambda: cnn(nn.Mish),
    "transformer block with tanh-GELU": lambda: (Block(), torch.randn(8, 128, 256)),
    "MLP with ReLU": lambda: mlp(nn.ReLU),
    "MLP with GELU": lambda: mlp(nn.GELU),
    "MLP with ELU": lambda: mlp(nn.ELU),
    "MLP with LeakyReLU": lambda: mlp(nn.LeakyReLU),
    "CNN with PReLU": lambda: cnn(nn.PReLU),
}


def step(net, x):
    net.zero_grad()
    nn.functional.cross_entropy(net(x), torch.arange(len(x)) % 10).backward()


def kept(net, x):
    """Bytes that autograd keeps."""
    parameters = {parameter.untyped_storage().data_ptr() for parameter in net.parameters()}
    sizes = {}

    def pack(saved):
        storage = saved.untyped_storage()
        if storage.data_ptr() not in parameters:
            sizes[storage.data_ptr()] = storage.nbytes()
        return saved

    with saved_tensors_hooks(pack, lambda saved: saved):
        net(x)
    return sum(sizes.values())


def peak(net, x):
    """Bytes that a step allocates at most."""
    step(net, x)
    # Gradients of the step before are not a part of this one.
    net.zero_grad()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        step(net, x)
    allocations = [event for event in record.profiler.kineto_results.events() if event.name() == "[memory]"]
    most = now = 0
    for event in sorted(allocations, key=lambda event: event.start_ns()):
        now += event.nbytes()
        most = max(most, now)
    return most


def compare(make, seconds):
    clock = time.thread_time if torch.get_num_threads() == 1 else time.perf_counter
    torch.manual_seed(0)
    net, x = make()
    times, memory = ([], []), []
    end = time.perf_counter() + seconds
    while len(times[0]) < 6 or time.perf_counter() < end:
        for side in (0, 1):
            replacement = relume.torch.replace(net) if side else None
            if not times[side]:
                memory.append((kept(net, x), peak(net, x)))
            start = clock()
            step(net, x)
            times[side].append(clock() - start)
            if replacement:
                replacement.restore()
    ratios = [before / after for before, after in zip(*times, strict=True)]
    return median(times[0]), median(times[1]), median(ratios), memory


def page(options):
    yield "# Training steps of small networks with relume.torch"
    yield ""
    yield from circumstances.lines(f"relume {relume.__version__}", f"PyTorch {torch.__version__}")
    memory = ", with `favour_memory`" * options.memory
    yield f"- Before and after `relume.torch.replace`{memory}: medians of steps in turns"
    yield "- For one thread it is the time that the processor worked, for several the time that passed."
    for count in options.threads:
        torch.set_num_threads(count)
        yield f"\n## {count} thread{'s' * (count > 1)}\n"
        yield "| network | before, ms | after, ms | ratio | kept, MB | peak, MB |"
        yield "| --- | ---: | ---: | ---: | ---: | ---: |"
        for name, make in NETS.items():
            before, after, ratio, memory = compare(make, options.seconds)
            figures = " | ".join(f"{a / 1e6:.2f} → {b / 1e6:.2f}" for a, b in zip(*memory, strict=True))
            yield f"| {name} | {before * 1e3:.2f} | {after * 1e3:.2f} | {ratio:.2f} | {figures} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--memory", action="store_true", help="with relume.torch.favour_memory()")
    parser.add_argument("--seconds", type=float, default=5.0, help="for each network")
    parser.add_argument("--out", type=pathlib.Path, help="a file to write, too")
    options = parser.parse_args()
    relume.torch.favour_memory(options.memory)
    circumstances.show(page(options), options.out)


if __name__ == "__main__":
    main()
