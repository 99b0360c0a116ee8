"""Jobs side by side, each kept as soon as it is done."""

import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any, TypeVar

Item = TypeVar("Item")


def work(
    what: str, job: Callable[[Item], Any], items: list[Item], keep: Callable[[Item, Any], None], jobs: int
) -> None:
    """Does a job for each item and says how long it will take. Where it is interrupted, what is done has been kept, and
    what was under way is still waited for."""
    start = time.perf_counter()
    with ProcessPoolExecutor(jobs, initializer=ignore_interrupts) as pool:
        futures = {pool.submit(job, item): item for item in items}
        done = 0
        try:
            for future in as_completed(futures):
                keep(futures.pop(future), future.result())
                done += 1
                left = (time.perf_counter() - start) / done * (len(items) - done)
                print(f"\r{what}: {done} of {len(items)}, {left:.0f} s left ", end="", file=sys.stderr, flush=True)
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            for future in [future for future in futures if future.done() and not future.cancelled()]:
                keep(futures[future], future.result())
                done += 1
            print(f"\n{what}: stopped; {done} of {len(items)} are kept, the same command goes on", file=sys.stderr)
            raise SystemExit(130) from None
    if items:
        print(file=sys.stderr)


def ignore_interrupts() -> None:
    """The process that started this one decides."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
