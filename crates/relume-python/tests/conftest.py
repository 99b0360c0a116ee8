"""What several tests need."""

import importlib.util

import numpy as np
import pytest

import relume
from relume import _native

# They are run by test_keras.py, without what is in this file.
collect_ignore = ["keras3"]

# Triton, which comes with this, has to be loaded before TensorFlow: the other way round the process is aborted.
if importlib.util.find_spec("torch"):
    import torch._dynamo  # noqa: F401

FLOATS = (np.float16, np.float32, np.float64)
CATALOGUE = [definition for definition in _native.catalogue() if definition.elementwise]


@pytest.fixture(params=[definition.name for definition in CATALOGUE])
def name(request):
    """Every function in turn."""
    return request.param


@pytest.fixture(params=["relume", "relume.derivative"])
def unary(request, name):
    """Every function of x, with the parameters' defaults."""
    return getattr(relume if request.param == "relume" else relume.derivative, name)


@pytest.fixture(params=FLOATS, ids=lambda dtype: dtype.__name__)
def dtype(request):
    return request.param


@pytest.fixture(autouse=True)
def the_number_of_threads_is_set_back():
    with relume.num_threads(relume.get_num_threads()):
        yield


@pytest.fixture(autouse=True)
def no_warnings_but_expected_ones():
    """No function of ours may trip NumPy's floating-point checks."""
    with np.errstate(all="raise"):
        yield
