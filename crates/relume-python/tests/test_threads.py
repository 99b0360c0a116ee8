"""Threads: how many, the same results, other Python threads, processes that fork."""

import multiprocessing
import threading
import time

import numpy as np
import pytest

import relume

LARGE = 2_000_000


def test_the_number_of_threads():
    before = relume.get_num_threads()
    assert before >= 1
    with relume.num_threads(3):
        assert relume.get_num_threads() == 3
        with pytest.raises(ZeroDivisionError), relume.num_threads(2):
            assert relume.get_num_threads() == 2
            raise ZeroDivisionError
        assert relume.get_num_threads() == 3
    assert relume.get_num_threads() == before
    relume.set_num_threads(2)
    assert relume.get_num_threads() == 2
    relume.set_num_threads(before)


@pytest.mark.parametrize("number", [0, -1])
def test_no_threads_at_all_is_an_error(number):
    with pytest.raises(ValueError, match="set_num_threads"):
        relume.set_num_threads(number)
    with pytest.raises(TypeError):
        relume.set_num_threads(1.5)


def test_threads_do_not_change_a_bit(unary):
    x = np.linspace(-9, 9, LARGE, dtype=np.float32)
    with relume.num_threads(1):
        alone = unary(x)
    for threads in (2, 3):
        with relume.num_threads(threads):
            np.testing.assert_array_equal(unary(x), alone)
            np.testing.assert_array_equal(unary(x.copy(), out=x.copy()), alone)


def test_other_python_threads_run_during_a_call():
    x = np.zeros(8_000_000)
    calls, running = 0, True

    def count():
        nonlocal calls
        while running:
            calls += 1
            time.sleep(0.001)

    counter = threading.Thread(target=count)
    with relume.num_threads(1):
        start = time.perf_counter()
        relume.mish(x)
        alone = time.perf_counter() - start
        counter.start()
        before = calls
        relume.mish(x)
        during = calls - before
    running = False
    counter.join()
    # With the lock held the other thread would have got in once, at most.
    assert during >= 3, f"{during} calls in some {alone} s"


def large_relu(n):
    return float(relume.relu(np.full(n, 2.0)).sum())


def test_a_forked_process_has_threads_of_its_own():
    if "fork" not in multiprocessing.get_all_start_methods():
        pytest.skip("this system cannot fork")
    with relume.num_threads(2):
        assert large_relu(LARGE) == 2 * LARGE  # starts the threads of this process
        with multiprocessing.get_context("fork").Pool(1) as pool:
            assert pool.apply_async(large_relu, (LARGE,)).get(timeout=60) == 2 * LARGE
