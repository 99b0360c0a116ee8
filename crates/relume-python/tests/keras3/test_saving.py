"""Compiling, saving, and loading in a process of its own."""

import importlib.util
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from backends import BACKEND

import relume.keras
from relume.keras import layers
from relume.keras._factory import FUNCTIONS, LAYERS

X = np.random.default_rng(27).normal(0, 2, (16, 8)).astype(np.float32)


def with_everything():
    """A network that has every layer, every function that keeps the shape, and a name."""
    inputs = keras.Input((8,))
    side_by_side = [layer(dtype="float32")(inputs) for layer in (*LAYERS.values(), layers.PReLU)]
    keeping = [function for function in FUNCTIONS.values() if function(X).shape == X.shape]
    side_by_side += [keras.layers.Activation(function)(inputs) for function in keeping]
    side_by_side += [relume.keras.celu(inputs, alpha=2.5), keras.layers.Dense(3, activation="relume>gelu")(inputs)]
    joined = keras.layers.Concatenate()(side_by_side)
    model = keras.Model(inputs, keras.layers.Dense(2, activation=layers.LeakyReLU(slope=0.2))(joined))
    return model


@pytest.fixture(scope="module")
def model():
    return with_everything()


def in_a_new_process(code, *arguments):
    environment = os.environ | {"KERAS_BACKEND": BACKEND}
    run = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], check=False, capture_output=True, text=True, env=environment
    )
    assert run.returncode == 0, run.stderr


# PyTorch's compiler takes minutes for this; it has its own test.
@pytest.mark.parametrize("jit_compile", [False] if BACKEND == "torch" else [False, True])
def test_training(jit_compile):
    model = with_everything()
    model.compile(keras.optimizers.SGD(1e-4), "mse", jit_compile=jit_compile)
    target = np.ones((16, 2), np.float32)
    before = model.evaluate(X, target, verbose=0)
    history = model.fit(X, target, batch_size=16, epochs=3, verbose=0)
    assert model.evaluate(X, target, verbose=0) < before
    assert np.isfinite(history.history["loss"]).all()


@pytest.mark.skipif(BACKEND != "torch", reason="for PyTorch's compiler")
def test_compiled_by_torch():
    import torch

    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4, activation=relume.keras.mish), layers.GELU()])
    exported = torch.export.export(model, (torch.from_numpy(X),))
    np.testing.assert_allclose(exported.module()(torch.from_numpy(X)).detach(), model(X).detach(), rtol=1e-6)


def test_a_saved_model_is_loaded_in_a_new_process(model, tmp_path):
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "x.npy", X)
    code = (
        "import sys, keras, numpy, relume.keras; folder = sys.argv[1]\n"
        "model = keras.saving.load_model(folder + '/model.keras')\n"
        "numpy.save(folder + '/y.npy', keras.ops.convert_to_numpy(model(numpy.load(folder + '/x.npy'))))\n"
    )
    in_a_new_process(code, tmp_path)
    expected = keras.ops.convert_to_numpy(model(X))
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.skipif(BACKEND == "torch", reason="Keras exports no SavedModel from PyTorch")
def test_an_exported_model_does_not_need_relume(model, tmp_path):
    if importlib.util.find_spec("tensorflow") is None:
        pytest.skip("TensorFlow is not installed")
    model.export(tmp_path / "model", verbose=False)
    np.save(tmp_path / "x.npy", X)
    code = (
        "import sys, numpy, tensorflow as tf; folder = sys.argv[1]\n"
        "model = tf.saved_model.load(folder + '/model')\n"
        "numpy.save(folder + '/y.npy', model.serve(numpy.load(folder + '/x.npy')).numpy())\n"
        "assert 'relume' not in sys.modules\n"
    )
    in_a_new_process(code, tmp_path)
    expected = keras.ops.convert_to_numpy(model(X))
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), expected, rtol=1e-5, atol=1e-6)
