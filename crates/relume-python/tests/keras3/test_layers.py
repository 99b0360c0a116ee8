"""Layers, names, errors."""

import keras
import numpy as np
import pytest
from backends import CATALOGUE

import relume.keras
from relume.keras import layers
from relume.keras._factory import LAYERS

X = np.random.default_rng(26).normal(0, 2, (3, 4, 6)).astype(np.float32)
PAIRS = list(zip(relume.keras._factory.FUNCTIONS.items(), LAYERS.items(), strict=True))
every_pair = pytest.mark.parametrize(
    ("function", "layer"),
    [(function, layer) for (_, function), (_, layer) in PAIRS],
    ids=[name for (name, _), _ in PAIRS],
)


def numbers(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_names_are_those_that_keras_users_expect():
    known = {"ReLU", "ELU", "LeakyReLU", "Softmax", "PReLU"}
    assert known <= set(layers.__all__) and known <= set(dir(keras.layers))
    assert {"GELUTanh", "HardSiLU", "SwiGLU", "LogSoftmax"} <= set(layers.__all__)


@every_pair
def test_layers_compute_what_functions_compute(function, layer):
    inputs = keras.Input(X.shape[1:])
    built = layer()
    model = keras.Model(inputs, built(inputs))
    np.testing.assert_array_equal(numbers(model(X)), numbers(function(X)))
    assert built.compute_output_shape((None, *X.shape[1:])) == model.output_shape
    assert model.output_shape[1:] == function(X).shape[1:]


@every_pair
def test_functions_take_symbolic_inputs(function, layer):
    inputs = keras.Input(X.shape[1:])
    model = keras.Model(inputs, function(inputs))
    np.testing.assert_array_equal(numbers(model(X)), numbers(function(X)))
    again = keras.Model.from_config(model.get_config())
    np.testing.assert_array_equal(numbers(again(X)), numbers(function(X)))


@every_pair
def test_keras_finds_functions_by_their_registered_names(function, layer):
    name = keras.saving.get_registered_name(function)
    assert name == f"relume>{function.__name__}"
    assert keras.activations.get(name) is function
    assert keras.activations.deserialize(keras.activations.serialize(function)) is function
    dense = keras.layers.Dense(2, activation=name)
    again = keras.layers.Dense.from_config(dense.get_config())
    assert dense.activation is again.activation is function


@pytest.mark.parametrize("name", [name for name, definition in CATALOGUE.items() if definition.parameters])
def test_parameters_have_names_and_places(name):
    definition = CATALOGUE[name]
    names = [relume._functions.python_name(parameter.name) for parameter in definition.parameters]
    values = [0.25, 0.75][: len(names)]
    layer = LAYERS[relume.keras._factory.layer_name(name)]
    named = dict(zip(names, values, strict=True))
    expected = numbers(getattr(relume.keras, name)(X, **named))
    np.testing.assert_array_equal(numbers(getattr(relume.keras, name)(X, *values)), expected)
    for built in (layer(**named), layer(*values), layer.from_config(layer(*values).get_config())):
        assert {key: built.get_config()[key] for key in names} == named
        np.testing.assert_array_equal(numbers(built(X)), expected)
    assert not np.array_equal(expected, numbers(getattr(relume.keras, name)(X)))


def test_a_layer_with_parameters_is_an_activation():
    dense = keras.layers.Dense(2, activation=layers.LeakyReLU(slope=0.5))
    again = keras.layers.Dense.from_config(dense.get_config())
    assert again.activation.values == {"slope": 0.5}


def test_layers_let_masks_through():
    sequence = keras.Sequential([keras.layers.Embedding(5, 4, mask_zero=True), layers.GELU(), keras.layers.LSTM(2)])
    tokens = np.array([[1, 2, 0, 0]])
    np.testing.assert_allclose(numbers(sequence(tokens)), numbers(sequence(tokens[:, :2])), rtol=1e-6)


def test_mixed_precision():
    layer = layers.Mish(dtype="mixed_float16")
    assert keras.backend.standardize_dtype(layer(X).dtype) == "float16"


def test_prelu_learns_its_slopes():
    layer = layers.PReLU(alpha_initializer=keras.initializers.Constant(0.25), shared_axes=[1])
    np.testing.assert_array_equal(numbers(layer(X)), np.where(X > 0, X, X / 4))
    assert [weight.shape for weight in layer.trainable_weights] == [(1, 6)]
    again = layers.PReLU.from_config(layer.get_config())
    assert again.shared_axes == [1]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: relume.keras.celu(X, alpha=-1), ValueError, "celu.*alpha.*-1"),
        (lambda: relume.keras.celu(X, alpha="1x"), TypeError, "celu: alpha is '1x', expected a number"),
        (lambda: relume.keras.celu(X, beta=1), TypeError, "celu: .*'beta'"),
        (lambda: layers.CELU(alpha=-1), ValueError, "celu.*alpha.*-1"),
        (lambda: layers.CELU(beta=1), ValueError, "beta"),
        (lambda: relume.keras.softmax(X, axis=0.5), TypeError, "softmax: axis is 0.5, expected an integer"),
        (lambda: relume.keras.tanh(X.astype(np.complex64)), TypeError, "tanh is not defined for complex numbers"),
    ],
)
def test_errors_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message):
        call()
