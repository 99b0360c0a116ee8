"""The backend under test: values and gradients by its own means, of functions run at once and compiled."""

import functools

import keras
import numpy as np
import pytest

import relume.keras
from relume import _native

BACKEND = keras.backend.backend()
CATALOGUE = {definition.name: definition for definition in _native.catalogue() if definition.elementwise}

# Parameters beside the defaults.
OTHERS = {
    "leaky_relu": [{"slope": 0.25}, {"slope": 0.0}],
    "threshold": [{"threshold": -0.6, "value": 1.5}],
    "thresholded_relu": [{"alpha": 0.7}],
    "hard_sigmoid": [{"slope": 0.2, "offset": 0.5}],
    "hard_tanh": [{"min": -3.0, "max": 7.5}, {"min": 2.0, "max": 1.0}],
    "soft_shrink": [{"lambda_": 0.0}],
    "hard_shrink": [{"lambda_": 0.4}],
    "squareplus": [{"b": 0.01}],
    "silu": [{"beta": 0.4}],
    "softplus": [{"beta": 0.4}, {"beta": 2.5}],
    "elu": [{"alpha": 0.3}],
    "celu": [{"alpha": 2.5}],
}
CASES = [(name, parameters) for name in CATALOGUE for parameters in [{}, *OTHERS.get(name, [])]]

every_case = pytest.mark.parametrize(
    ("name", "parameters"), CASES, ids=lambda part: part if isinstance(part, str) else "-".join(map(str, part.values()))
)
every_mode = pytest.mark.parametrize("mode", ["at once", "compiled"])

LARGEST = float(np.finfo(np.float32).max)
ODD = [np.nan, -np.inf, np.inf, -LARGEST, LARGEST, -1e20, 1e20, -0.0, 0.0]


def evaluate(function, x, mode="at once"):
    """The values of a function and the gradient of their sum."""
    both = functools.partial(VALUE_AND_GRADIENT[BACKEND], function)
    if mode == "compiled":
        both = COMPILE[BACKEND](both)
    return [keras.ops.convert_to_numpy(result) for result in both(keras.ops.convert_to_tensor(x))]


def by_tensorflow(function, x):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return y, tape.gradient(y, x)


def by_jax(function, x):
    import jax

    y, backward = jax.vjp(function, x)
    return y, backward(jax.numpy.ones_like(y))[0]


def by_torch(function, x):
    import torch

    x = x.detach().requires_grad_()
    y = function(x)
    return y.detach(), torch.autograd.grad(y.sum(), x)[0]


def compiled_by_tensorflow(both):
    import tensorflow as tf

    return tf.function(both, jit_compile=True)


def compiled_by_jax(both):
    import jax

    return jax.jit(both)


def compiled_by_torch(both):
    """Only what traces the function; the compiler that comes after takes a minute for each."""
    import torch

    torch.compiler.reset()
    function = torch.compile(both.args[0], backend="aot_eager", fullgraph=True)
    return functools.partial(both.func, function)


VALUE_AND_GRADIENT = {"tensorflow": by_tensorflow, "jax": by_jax, "torch": by_torch}
COMPILE = {"tensorflow": compiled_by_tensorflow, "jax": compiled_by_jax, "torch": compiled_by_torch}


def ours(name, parameters):
    """The function of relume.keras with these parameters."""
    return functools.partial(getattr(relume.keras, name), **parameters)


def rounded(name, parameters, dtype):
    """Parameters as the backend rounds them: to the type in which it computes. A slope of 1/n is meant to be that."""
    computed = np.float64 if dtype == np.float64 else np.float32
    return {key: value if name == "hard_sigmoid" else float(computed(value)) for key, value in parameters.items()}


def inputs(dtype):
    """Ordinary points, then odd ones."""
    random = np.random.default_rng(20)
    reach = {np.float32: 110, np.float64: 760}[dtype]
    near, far = random.normal(0, 3, 6000), random.uniform(-reach, reach, 3000)
    sizes = np.exp(random.uniform(-60, 60, 3000)) * random.choice([-1, 1], 3000)
    return np.concatenate([near, far, sizes, ODD]).astype(dtype)


@functools.cache
def results(name, parameters, dtype, mode):
    """What a function gives there: the inputs, values and gradients."""
    x = inputs(dtype)
    return x, *evaluate(ours(name, dict(parameters)), x, mode)


def at_ordinary_points(name, parameters, dtype, mode):
    return [array[: -len(ODD)] for array in results(name, tuple(parameters.items()), dtype, mode)]


def at_odd_points(name, parameters, dtype, mode):
    return [array[-len(ODD) :] for array in results(name, tuple(parameters.items()), dtype, mode)]
