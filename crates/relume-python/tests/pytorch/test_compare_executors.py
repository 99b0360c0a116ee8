"""Comparisons whose trials run in other processes, some of which die."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest
import torch
from torch import nn

from pytorch.tiny import TrainAndDie, TrainAndDieOnce, make_model, train, train_without_tanh
from relume.torch import compare

ACTIVATIONS = ["relu", "tanh"]


def pool(workers=2):
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


def metrics(folder):
    trials = [json.loads(path.read_text()) for path in (folder / "trials").iterdir()]
    return {(trial["arm"]["name"], trial["seed"]): (trial["outcome"] or {}).get("test") for trial in trials}


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """As the trials have in processes: with more, sums may come out with other bits."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def executor():
    """A pool whose processes live on."""
    with pool() as executor:
        yield executor


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """What the trials come to without an executor."""
    folder = tmp_path_factory.mktemp("alone")
    compare(make_model, train, ACTIVATIONS, 4, directory=folder, progress=False)
    return metrics(folder)


def test_a_pool_of_processes_comes_to_the_same(alone, executor, tmp_path):
    result = compare(make_model, train, ACTIVATIONS, 4, directory=tmp_path, executor=executor, progress=False)
    assert metrics(tmp_path) == alone
    assert len(result.to_dict()["seeds"]) == 4


def test_nothing_is_lost_when_a_process_of_the_pool_dies(alone, tmp_path):
    dies = TrainAndDieOnce(tmp_path / "died")
    with pool() as executor, pytest.warns(RuntimeWarning, match="one of its processes died"):
        result = compare(make_model, dies, ACTIVATIONS, 4, directory=tmp_path / "c", executor=executor, progress=False)
    assert (tmp_path / "died").exists()
    assert metrics(tmp_path / "c") == alone and result.failures == {}


def test_the_trial_that_kills_its_process_is_found(alone, tmp_path):
    with pool() as executor, pytest.warns(RuntimeWarning, match="one of its processes died"):
        result = compare(
            make_model, TrainAndDie(), ACTIVATIONS, 2, directory=tmp_path, executor=executor, progress=False
        )
    assert result.failures == {("tanh", 1): "the process that trained it died"}
    expected = {key: metric for key, metric in alone.items() if key[1] < 2}
    assert metrics(tmp_path) == expected | {("tanh", 1): None}


def test_what_train_raises_in_a_process(executor):
    result = compare(make_model, train_without_tanh, ACTIVATIONS, 1, executor=executor, progress=False)
    assert result.failures == {("tanh", 0): "train() raised OSError: the cable is loose"}


def test_what_cannot_be_sent_to_a_process_is_said_beforehand(executor):
    with pytest.raises(TypeError, match="train cannot be sent to the processes .*Lambdas .*`def`"):
        compare(make_model, lambda model, seed: 0.5, ACTIVATIONS, 1, executor=executor, progress=False)
    with pytest.raises(TypeError, match="make_model cannot be sent"):
        compare(lambda activation: None, train, ACTIVATIONS, 1, executor=executor, progress=False)


def test_threads_run_all_trials(tmp_path):
    """They share their random numbers, so that the results are others each time."""
    with ThreadPoolExecutor(2) as executor:
        result = compare(make_model, train, ACTIVATIONS, 2, directory=tmp_path, executor=executor, progress=False)
    assert result.failures == {} and len(metrics(tmp_path)) == 4


def test_errors_end_the_comparison_and_keep_what_is_done(executor, tmp_path):
    with pytest.raises(ValueError, match="did not use the activation"):
        compare(build_nothing_for_tanh, train, ACTIVATIONS, 3, directory=tmp_path, executor=executor, progress=False)
    assert all(name == "relu" for name, _ in metrics(tmp_path))


def build_nothing_for_tanh(activation):
    if activation.name == "tanh":
        return nn.Linear(8, 4)
    return make_model(activation)


@pytest.mark.skipif(os.name != "posix", reason="signals are sent")
def test_control_c_keeps_what_is_finished(tmp_path):
    """A program of its own, interrupted as a terminal does it: all its processes at once."""
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent(
            """
            import signal, sys, time
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import get_context
            from pytorch import tiny
            from relume.torch import compare

            # Shells let programs in the background ignore it, and who starts them inherits that.
            signal.signal(signal.SIGINT, signal.default_int_handler)

            def train(model, seed):
                if seed > 0:
                    print("waiting", flush=True)
                    time.sleep(4)
                return tiny.train(model, seed)

            if __name__ == "__main__":
                with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
                    executor = executor if sys.argv[2] == "pool" else None
                    compare(tiny.make_model, train, ["relu", "tanh"], 3, directory=sys.argv[1], executor=executor)
            """
        )
    )
    for how in ("here", "pool"):
        folder = tmp_path / how
        path = os.pathsep.join(sys.path)
        run = subprocess.Popen(
            [sys.executable, str(program), str(folder), how],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": path},
            start_new_session=True,
        )
        assert run.stdout.readline() == "waiting\n"
        time.sleep(0.2)
        os.killpg(run.pid, signal.SIGINT)
        # The pool ends when its process has done what it had begun to do.
        _, errors = run.communicate(timeout=60)
        assert run.returncode != 0
        assert f"2 trials are kept in {folder}" in errors, errors
        assert set(metrics(folder)) == {("relu", 0), ("tanh", 0)}


@pytest.fixture(scope="module")
def client():
    distributed = pytest.importorskip("dask.distributed", reason="a part of `./test all`")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def test_dask_comes_to_the_same(client, alone, tmp_path):
    compare(make_model, train, ACTIVATIONS, 4, directory=tmp_path, executor=client.get_executor(), progress=False)
    assert metrics(tmp_path) == alone


def test_dask_sends_lambdas(client, tmp_path):
    executor = client.get_executor()
    compare(make_model, lambda m, seed: train(m, seed), ["relu"], 1, executor=executor, progress=False)


def test_nothing_is_lost_when_a_worker_of_dask_dies(client, alone, tmp_path):
    dies = TrainAndDieOnce(tmp_path / "died")
    executor = client.get_executor()
    result = compare(make_model, dies, ACTIVATIONS, 4, directory=tmp_path / "c", executor=executor, progress=False)
    assert (tmp_path / "died").exists()
    assert metrics(tmp_path / "c") == alone and result.failures == {}
