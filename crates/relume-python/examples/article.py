"""What the tutorial on ReLU says, in Python: the function, its derivative, its picture, and why not sigmoid or tanh.

python examples/article.py [PICTURE.png]

The picture is drawn in letters, and with a file name also by matplotlib, if that is installed.
"""

import sys
import timeit

import numpy as np

import relume

FUNCTIONS = ("relu", "sigmoid", "tanh")


def main():
    x = np.array([-2.0, -0.5, 0.0, 1.5, 3.0])
    print("x          ", x)
    print("relu(x)    ", relume.relu(x))
    print("relu'(x)   ", relume.derivative.relu(x))
    assert np.array_equal(relume.relu(x), np.maximum(0, x))

    print("\nIts picture: flat for x < 0, a line of slope one for x >= 0.\n")
    print(picture(relume.relu))

    print("\nWhat is left of a gradient at x:\n")
    print("x       " + "".join(f"{name:>10}" for name in FUNCTIONS))
    for at in (-10.0, -2.0, 0.0, 2.0, 10.0):
        print(f"{at:<8}" + "".join(f"{getattr(relume.derivative, name)(at):>10.2g}" for name in FUNCTIONS))

    z = np.random.default_rng(0).normal(size=1_000_000).astype(np.float32)
    print("\nOf a million normal inputs:\n")
    print(f"{'':<8}{'zeros':>10}{'ns each':>10}")
    for name in FUNCTIONS:
        function = getattr(relume, name)
        y = function(z)
        seconds = min(timeit.repeat(lambda f=function, y=y: f(z, out=y), number=1, repeat=5))
        print(f"{name:<8}{np.mean(y == 0):>10.1%}{seconds / z.size * 1e9:>10.2f}")

    if sys.argv[1:]:
        save_picture(sys.argv[1])


def picture(function, height=8):
    """The graph of a function over [-4, 4], in letters."""
    values = function(np.linspace(-4, 4, 49))
    rows = np.round(values / values.max() * height)
    lines = ["".join("*" if row == level else " " for row in rows) for level in range(height, -1, -1)]
    return "\n".join(line.rstrip() for line in lines)


def save_picture(path):
    import matplotlib.pyplot as plt

    x = np.linspace(-4, 4, 401)
    _, axes = plt.subplots(1, 2, figsize=(9, 3.5), sharex=True)
    for name in FUNCTIONS:
        axes[0].plot(x, getattr(relume, name)(x), label=name)
        axes[1].plot(x, getattr(relume.derivative, name)(x), label=name)
    axes[0].set_title("f(x)")
    axes[1].set_title("f'(x)")
    axes[0].legend()
    plt.savefig(path, dpi=120, bbox_inches="tight")


if __name__ == "__main__":
    main()
