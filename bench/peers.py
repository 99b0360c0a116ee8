"""How each peer computes each function into an existing output, where it can.

A peer is a function `(function, direction, type, size) -> call or None`; the call takes no arguments. All work on the
same inputs as relume's worker: scattered over [-6, 6), with an arriving gradient of 0.5.
"""

import functools
import importlib

FUNCTIONS = [
    "relu",
    "relu6",
    "leaky_relu",
    "hard_silu",
    "elu",
    "selu",
    "gelu",
    "gelu_tanh",
    "silu",
    "mish",
    "softplus",
    "sigmoid",
    "tanh",
]
TYPES = ["f32", "f64", "f16", "bf16"]
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def present():
    """The peers that can be imported, by name."""
    peers = {}
    for name, (module, peer) in {
        "NumPy": ("numpy", numpy_peer),
        "SciPy": ("scipy.special", scipy_peer),
        "PyTorch": ("torch", torch_peer),
        "JAX": ("jax", jax_peer),
    }.items():
        try:
            importlib.import_module(module)
        except ImportError:
            continue
        peers[name] = peer
    return peers


def versions(present):
    modules = {"NumPy": "numpy", "SciPy": "scipy", "PyTorch": "torch", "JAX": "jax"}
    return ", ".join(f"{name} {importlib.import_module(modules[name]).__version__}" for name in present)


def inputs(element, size):
    """x, dy and an output, as NumPy arrays; those of bf16, which NumPy lacks, as f32."""
    import numpy as np

    dtype = {"f64": np.float64, "f16": np.float16}.get(element, np.float32)
    x = ((np.arange(size) * 7919 % size) / size * 12.0 - 6.0).astype(dtype)
    return x, np.full(size, 0.5, dtype), np.zeros(size, dtype)


def numpy_peer(function, direction, element, size):
    import numpy as np

    if element == "bf16":
        return None
    x, dy, y = inputs(element, size)
    if direction == "backward":
        # What one writes by hand; a mask is made on the way.
        return {"relu": lambda: np.multiply(dy, x > 0, out=y)}.get(function)
    return {
        "relu": lambda: np.maximum(x, 0, out=y),
        "relu6": lambda: np.clip(x, 0, 6, out=y),
        "leaky_relu": lambda: np.maximum(x, np.multiply(x, 0.01, out=y), out=y),
        "softplus": lambda: np.logaddexp(x, 0, out=y),
        "tanh": lambda: np.tanh(x, out=y),
    }.get(function)


def scipy_peer(function, direction, element, size):
    import numpy as np
    from scipy import special

    if direction == "backward" or element == "bf16":
        return None
    x, _, y = inputs(element, size)
    return {
        "sigmoid": lambda: special.expit(x, out=y),
        "silu": lambda: np.multiply(x, special.expit(x, out=y), out=y),
        "gelu": lambda: np.multiply(x, special.ndtr(x, out=y), out=y),
    }.get(function)


def torch_peer(function, direction, element, size):
    import torch

    torch.set_num_threads(1)
    dtype = torch.bfloat16 if element == "bf16" else None
    x, dy, y = (torch.from_numpy(array).to(dtype) for array in inputs(element, size))
    aten = torch.ops.aten
    if direction == "forward":
        return {
            "relu": lambda: torch.clamp_min(x, 0, out=y),
            "relu6": lambda: aten.hardtanh.out(x, 0.0, 6.0, out=y),
            "leaky_relu": lambda: aten.leaky_relu.out(x, 0.01, out=y),
            "hard_silu": lambda: aten.hardswish.out(x, out=y),
            "elu": lambda: aten.elu.out(x, 1.0, 1.0, 1.0, out=y),
            "selu": lambda: aten.elu.out(x, SELU_ALPHA, SELU_SCALE, 1.0, out=y),
            "gelu": lambda: aten.gelu.out(x, approximate="none", out=y),
            "gelu_tanh": lambda: aten.gelu.out(x, approximate="tanh", out=y),
            "silu": lambda: aten.silu.out(x, out=y),
            "mish": lambda: aten.mish.out(x, out=y),
            "softplus": lambda: aten.softplus.out(x, 1.0, 20.0, out=y),
            "sigmoid": lambda: torch.sigmoid(x, out=y),
            "tanh": lambda: torch.tanh(x, out=y),
        }.get(function)
    # Of these it keeps the output.
    kept = {"sigmoid": torch.sigmoid, "tanh": torch.tanh}.get(function, lambda x: x)(x)
    return {
        "relu": lambda: aten.threshold_backward.grad_input(dy, x, 0, grad_input=y),
        "relu6": lambda: aten.hardtanh_backward.grad_input(dy, x, 0.0, 6.0, grad_input=y),
        "leaky_relu": lambda: aten.leaky_relu_backward.grad_input(dy, x, 0.01, False, grad_input=y),
        "hard_silu": lambda: aten.hardswish_backward.out(dy, x, out=y),
        "elu": lambda: aten.elu_backward.grad_input(dy, 1.0, 1.0, 1.0, False, x, grad_input=y),
        "selu": lambda: aten.elu_backward.grad_input(dy, SELU_ALPHA, SELU_SCALE, 1.0, False, x, grad_input=y),
        "gelu": lambda: aten.gelu_backward.grad_input(dy, x, approximate="none", grad_input=y),
        "gelu_tanh": lambda: aten.gelu_backward.grad_input(dy, x, approximate="tanh", grad_input=y),
        "silu": lambda: aten.silu_backward.grad_input(dy, x, grad_input=y),
        "mish": lambda: aten.mish_backward(dy, x),  # it has no form with an output
        "softplus": lambda: aten.softplus_backward.grad_input(dy, x, 1.0, 20.0, grad_input=y),
        "sigmoid": lambda: aten.sigmoid_backward.grad_input(dy, kept, grad_input=y),
        "tanh": lambda: aten.tanh_backward.grad_input(dy, kept, grad_input=y),
    }.get(function)


def jax_peer(function, direction, element, size):
    """Compiled, one thread; every call allocates its output, because JAX has no other way."""
    import jax

    jax.config.update("jax_enable_x64", element == "f64")
    formula = {
        "relu": jax.nn.relu,
        "relu6": jax.nn.relu6,
        "leaky_relu": jax.nn.leaky_relu,
        "hard_silu": jax.nn.hard_silu,
        "elu": jax.nn.elu,
        "selu": jax.nn.selu,
        "gelu": functools.partial(jax.nn.gelu, approximate=False),
        "gelu_tanh": functools.partial(jax.nn.gelu, approximate=True),
        "silu": jax.nn.silu,
        "mish": jax.nn.mish,
        "softplus": jax.nn.softplus,
        "sigmoid": jax.nn.sigmoid,
        "tanh": jax.numpy.tanh,
    }.get(function)
    if formula is None:
        return None
    dtype = jax.numpy.bfloat16 if element == "bf16" else None
    x, dy, _ = (jax.numpy.asarray(array, dtype) for array in inputs(element, size))
    if direction == "forward":
        compiled = jax.jit(formula)
        return lambda: compiled(x).block_until_ready()
    compiled = jax.jit(lambda x, dy: jax.vjp(formula, x)[1](dy)[0])
    return lambda: compiled(x, dy).block_until_ready()
