"""Dask arrays stay lazy, and are computed in other processes."""

import numpy as np
import pytest

import relume
from conftest import CATALOGUE

dask = pytest.importorskip("dask", reason="a part of `./test all`")
da = pytest.importorskip("dask.array", reason="a part of `./test all`")
distributed = pytest.importorskip("dask.distributed", reason="a part of `./test all`")


@pytest.fixture(scope="module")
def client():
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def test_every_function_in_other_processes(client):
    x = np.linspace(-4, 4, 1000)
    lazy = da.from_array(x, chunks=300)
    expected, found = [], []
    for definition in CATALOGUE:
        for module in (relume, relume.derivative, relume.backward):
            function = getattr(module, definition.name)
            inputs = (x, x) if module is relume.backward else (x,)
            result = function(*(lazy for _ in inputs))
            assert isinstance(result, da.Array), function
            expected.append(function(*inputs))
            found.append(result)
    for ours, theirs in zip(expected, client.gather(client.compute(found)), strict=True):
        np.testing.assert_array_equal(theirs, ours)


def test_rows_and_gated_units(client):
    x = np.linspace(-4, 4, 240).reshape(12, 20)
    lazy = da.from_array(x, chunks=(5, 20))
    for function in (relume.softmax, relume.swiglu):
        result = function(lazy)
        assert isinstance(result, da.Array)
        np.testing.assert_array_equal(result.compute(), function(x))
