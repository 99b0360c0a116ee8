"""Writes pytorch.csv, keras.csv or jax.csv: values and derivatives that a framework computes, at kinks and beside them.

    python frameworks.py FRAMEWORK [NAME...]

With names, only the rows of these functions are computed; the others stay. Needs that framework, Keras also TensorFlow.
"""

import os
import pathlib
import sys

# Our text, and the points.
CASES = {
    "relu": [0],
    "relu6": [0, 6],
    "leaky_relu(slope=0.2)": [0],
    "threshold(threshold=0.5, value=0.25)": [0.5],
    "elu(alpha=2)": [0],
    "selu": [0],
    "celu(alpha=2)": [0],
    "hard_sigmoid": [-3, 3],
    "hard_silu": [-3, 3],
    "hard_tanh": [-1, 1],
    "hard_tanh(min=-2, max=3)": [-2, 3],
    "soft_shrink(lambda=0.25)": [-0.25, 0.25],
    "hard_shrink(lambda=0.25)": [-0.25, 0.25],
    "sparse_plus": [-1, 1],
    "sparse_sigmoid": [-1, 1],
    "identity": [],
    "gelu": [],
    "gelu_tanh": [],
    "silu": [],
    "mish": [],
    "softplus": [],
    "squareplus": [],
    "sigmoid": [],
    "log_sigmoid": [],
    "tanh": [],
    "softsign": [],
    "tanh_shrink": [],
}
BESIDE = [-4.5, -0.75, 0.125, 1.5, 7.0]


def pytorch():
    import torch
    from torch import nn

    modules = {
        "relu": nn.ReLU(),
        "relu6": nn.ReLU6(),
        "leaky_relu(slope=0.2)": nn.LeakyReLU(0.2),
        "threshold(threshold=0.5, value=0.25)": nn.Threshold(0.5, 0.25),
        "elu(alpha=2)": nn.ELU(2.0),
        "selu": nn.SELU(),
        "celu(alpha=2)": nn.CELU(2.0),
        "hard_sigmoid": nn.Hardsigmoid(),
        "hard_silu": nn.Hardswish(),
        "hard_tanh": nn.Hardtanh(),
        "hard_tanh(min=-2, max=3)": nn.Hardtanh(-2.0, 3.0),
        "soft_shrink(lambda=0.25)": nn.Softshrink(0.25),
        "hard_shrink(lambda=0.25)": nn.Hardshrink(0.25),
        "identity": nn.Identity(),
        "gelu": nn.GELU(),
        "gelu_tanh": nn.GELU(approximate="tanh"),
        "silu": nn.SiLU(),
        "mish": nn.Mish(),
        "softplus": nn.Softplus(),
        "sigmoid": nn.Sigmoid(),
        "log_sigmoid": nn.LogSigmoid(),
        "tanh": nn.Tanh(),
        "softsign": nn.Softsign(),
        "tanh_shrink": nn.Tanhshrink(),
    }

    def both(function, x):
        x = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        y = function(x)
        return y.item(), torch.autograd.grad(y, x)[0].item()

    return torch.__version__.split("+")[0], modules, both


def keras():
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras
    import tensorflow as tf
    from keras import activations as a

    functions = {
        "leaky_relu(slope=0.2)": keras.layers.LeakyReLU(0.2, dtype="float64"),
        "identity": a.linear,
        "threshold(threshold=0.5, value=0.25)": lambda x: a.threshold(x, 0.5, tf.constant(0.25, tf.float64)),
        "elu(alpha=2)": lambda x: a.elu(x, 2.0),
        "celu(alpha=2)": lambda x: a.celu(x, 2.0),
        "gelu_tanh": lambda x: a.gelu(x, approximate=True),
        "soft_shrink(lambda=0.25)": lambda x: a.soft_shrink(x, 0.25),
        "hard_shrink(lambda=0.25)": lambda x: a.hard_shrink(x, 0.25),
    }
    functions |= {name: getattr(a, name) for name in CASES if "(" not in name and name not in functions}

    def both(function, x):
        x = tf.Variable(x, dtype=tf.float64)
        with tf.GradientTape() as tape:
            y = function(x)
        return float(y), float(tape.gradient(y, x))

    return f"{keras.__version__} on TensorFlow {tf.__version__}", functions, both


def jax():
    import jax
    from jax import nn

    jax.config.update("jax_enable_x64", True)
    functions = {
        "leaky_relu(slope=0.2)": lambda x: nn.leaky_relu(x, 0.2),
        "elu(alpha=2)": lambda x: nn.elu(x, 2.0),
        "celu(alpha=2)": lambda x: nn.celu(x, 2.0),
        "gelu": lambda x: nn.gelu(x, approximate=False),
        "gelu_tanh": nn.gelu,
        "softsign": nn.soft_sign,
    }
    functions |= {name: getattr(nn, name) for name in CASES if name not in functions and hasattr(nn, name)}

    def both(function, x):
        return tuple(map(float, jax.value_and_grad(function)(float(x))))

    return jax.__version__, functions, both


FRAMEWORKS = {"pytorch": pytorch, "keras": keras, "jax": jax}


def main():
    framework, *names = sys.argv[1:]
    if names and not any(text.partition("(")[0] in names for text in CASES):
        return
    version, functions, both = FRAMEWORKS[framework]()
    table = pathlib.Path(__file__).with_name(f"{framework}.csv")
    head = f"activation;x;value;derivative;{version}"
    before, *rows = table.read_text().splitlines()
    if names and before != head:
        sys.exit(f"the table is of another version ({before}); without names, all of it is computed")
    known = {}
    for row in rows:
        known.setdefault(row.partition(";")[0], []).append(row)
    lines = [head]
    for text, kinks in CASES.items():
        if text not in functions:
            continue
        if names and text.partition("(")[0] not in names:
            lines += known.get(text, [])
            continue
        for x in map(float, [*BESIDE, *kinks]):
            value, derivative = both(functions[text], x)
            lines.append(f"{text};{x!r};{value!r};{derivative!r}")
    table.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
