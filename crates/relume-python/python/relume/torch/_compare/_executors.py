"""Runs the trials: here, one after another, or wherever an executor has room."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pickle import PicklingError, dumps
from typing import NamedTuple

from relume.torch._compare._activations import ModuleMaker
from relume.torch._compare._trial import Job, lost


class Wanted(NamedTuple):
    """A trial that is to be run."""

    activation: ModuleMaker
    seed: int


def here(job: Job, wanted: list[Wanted], announce: Callable[[Wanted], None]) -> Iterator[str]:
    """Runs trials one after another; each comes as JSON."""
    for activation, seed in wanted:
        announce(Wanted(activation, seed))
        yield job.run(activation, seed)


def elsewhere(job: Job, wanted: list[Wanted], executor: Executor) -> Iterator[str]:
    """Runs trials by an executor; each comes as JSON when it is done, those whose process died among them."""
    if isinstance(executor, ProcessPoolExecutor):
        check_pickling(job, wanted)
    missing: list[Wanted] = []
    try:
        futures = {executor.submit(job.run, *each): each for each in wanted}
    except BrokenExecutor:
        futures, missing = {}, wanted
    done: set[Future[str]] = set()
    try:
        for future in as_completed(futures):
            done.add(future)
            text = result_of(future, futures[future])
            if text is None:
                missing.append(futures[future])
            else:
                yield text
    except BaseException as error:
        for future in futures:
            future.cancel()
        if isinstance(error, KeyboardInterrupt):
            # What is done by then is kept.
            for future in futures:
                if future not in done and future.done() and not future.cancelled() and future.exception() is None:
                    yield future.result()
        raise
    if missing:
        yield from one_by_one(job, missing)


def result_of(future: Future[str], wanted: Wanted) -> str | None:
    """What came of a trial; None if it must be run again because the executor broke down."""
    try:
        return future.result()
    except BrokenExecutor:
        return None
    except Exception as error:
        # Dask's, when several workers in a row have died of it. Everything else says what is wrong with the arguments.
        if type(error).__name__ != "KilledWorker":
            raise
        return lost(wanted.activation.name, wanted.seed, "the workers that trained it died")


def one_by_one(job: Job, wanted: list[Wanted]) -> Iterator[str]:
    """Runs what a broken executor left over, one trial at a time, so that it is known which one breaks it."""
    warnings.warn(
        f"relume: the executor broke down because one of its processes died; {len(wanted)} trials are run one after "
        "another in another process",
        RuntimeWarning,
        stacklevel=4,
    )
    pool = None
    try:
        for each in wanted:
            if pool is None:
                pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
            text = result_of(pool.submit(job.run, *each), each)
            if text is None:
                pool.shutdown()
                pool = None
                text = lost(each.activation.name, each.seed, "the process that trained it died")
            yield text
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)


def check_pickling(job: Job, wanted: list[Wanted]) -> None:
    """Says what cannot be sent to the processes of a pool, and what to do."""
    parts: dict[str, object] = {"make_model": job.make_model, "train": job.train}
    parts |= {f"the activation {each.activation.name}": each.activation for each in wanted}
    for name, part in parts.items():
        try:
            dumps(part)
        except (PicklingError, AttributeError, TypeError) as error:
            raise TypeError(
                f"compare(): {name} cannot be sent to the processes of a ProcessPoolExecutor ({error}). Lambdas and "
                "functions inside of functions cannot: define it with `def` at the top of a module, or use an "
                "executor that can, such as that of Dask"
            ) from None
