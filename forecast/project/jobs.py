"""Independent jobs worked off in parallel: processes of this machine, or a Dask cluster by address.

What is done is a picklable callable; it goes to every process once, then one job after the other.
Results are those of one process, bit for bit, on processors of one kind: a job depends on itself
alone, and the linear algebra of a cluster's worker is split among as many threads as here.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Lock, Thread
from types import ModuleType
from typing import Any
from uuid import uuid4

from forecast.errors import ForecastError
from forecast.fingerprints import code_fingerprint
from forecast.project.sampler import Reporter, Silent

__all__ = ["Crew", "processors"]


def processors() -> int:
    """Count the processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Crew:
    """Who does the jobs.

    Attributes
    ----------
    cluster : str or None
        Address of a Dask scheduler, ``tcp://HOST:8786``; by default processes of this machine.
    most : int or None
        Processes of this machine at most, this one among them; by default one a processor.
    worth : int
        Jobs from which a further process saves more than it costs to begin.
    """

    cluster: str | None = None
    most: int | None = None
    worth: int = 1

    def each[J, R](
        self,
        do: Callable[[J], R],
        jobs: Sequence[J],
        *,
        reporter: Reporter | None = None,
        before: int = 0,
    ) -> Iterator[tuple[int, R]]:
        """Do every job, and yield its place and result as it is done, in any order.

        What a process that ends in the middle had in hand is done again by another.

        Parameters
        ----------
        do : callable
            Of a module of this package, picklable.
        jobs : sequence
            Picklable.
        reporter : Reporter, optional
            Told the number of finished and of all jobs.
        before : int
            Jobs that were finished before these.

        Raises
        ------
        ForecastError
            If the cluster cannot be used; what the job raises.
        """
        told, total = reporter or Silent(), before + len(jobs)
        todo = list(jobs)
        found = (
            _here(do, todo, self._processes(len(todo)))
            if self.cluster is None
            else _there(self.cluster, do, todo)
        )
        for number, one in enumerate(found, before + 1):
            told.progress(number, total)
            yield one

    def _processes(self, jobs: int) -> int:
        return min(processors() if self.most is None else self.most, 1 + jobs // self.worth, jobs)


def _here[J, R](do: Callable[[J], R], jobs: Sequence[J], processes: int) -> Iterator[tuple[int, R]]:
    """Work in this process from the back; others begin at the front, until they meet.

    Where the system ends a process, say for its memory, this one does what is left alone.
    """
    from concurrent.futures import BrokenExecutor

    todo, left = deque(range(len(jobs))), len(jobs)
    done: SimpleQueue[tuple[int, Any, BaseException | None]] = SimpleQueue()
    with _others(do, jobs, processes - 1, todo, done):
        while left:
            if (place := _taken(todo.pop)) is not None:
                yield place, do(jobs[place])
                left -= 1
            while left and (not todo or not done.empty()):
                place, found, error = done.get()
                if isinstance(error, BrokenExecutor):
                    todo.append(place)
                elif error is not None:
                    raise error
                else:
                    yield place, found
                    left -= 1


def _taken(take: Callable[[], int]) -> int | None:
    """Take the next job, unless somebody was quicker."""
    try:
        return take()
    except IndexError:
        return None


@contextmanager
def _others[J](
    do: Callable[[J], Any],
    jobs: Sequence[J],
    number: int,
    todo: deque[int],
    done: SimpleQueue[tuple[int, Any, BaseException | None]],
) -> Iterator[None]:
    """Start other processes, and a thread for each that hands it one job after the other."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    if number < 1:
        yield
        return

    def hand_out() -> None:
        while (place := _taken(todo.popleft)) is not None:
            try:
                with _without_script():  # the first ones start the processes
                    future = pool.submit(_work, jobs[place])
                done.put((place, future.result(), None))
            except BaseException as error:  # noqa: BLE001  # raised where results are taken
                done.put((place, None, error))
                return

    # Spawned, not forked: what was worked out before may have left threads behind.
    pool = ProcessPoolExecutor(
        number, mp_context=get_context("spawn"), initializer=_begin, initargs=(pickle.dumps(do),)
    )
    try:
        for _ in range(number):
            Thread(target=hand_out, daemon=True).start()
        yield
    finally:
        todo.clear()
        pool.shutdown(cancel_futures=True)


_STARTING = Lock()


@contextmanager
def _without_script() -> Iterator[None]:
    """Start processes without the caller's script: one without a guard would run again in each."""
    with _STARTING:
        script, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = script


class _Lent:
    """What another process of this machine does."""

    do: Callable[[Any], Any]


def _begin(said: bytes) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # it ends without a word, with the one that waits
    _Lent.do = pickle.loads(said)  # noqa: S301  # what the process that began this one wrote


def _work(job: Any) -> Any:
    return _Lent.do(job)


#: Seconds a scheduler has to answer, and to show a worker.
_PATIENCE = 20
_INSTALL = "it comes with `pip install 'living-forecast[cluster]'`"
_ALIKE = "install the same version, with the same libraries, on its scheduler and workers"


def _there[J, R](address: str, do: Callable[[J], R], jobs: Sequence[J]) -> Iterator[tuple[int, R]]:
    """Work on a Dask cluster."""
    where = f"--cluster {address}"
    try:
        from distributed import Client
    except ImportError:
        raise ForecastError(f"{where}: Dask is not installed here; {_INSTALL}") from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # errors are said in one line
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError, RuntimeError):
        way = "name the one that `dask scheduler` prints, such as tcp://HOST:8786"
        raise ForecastError(f"{where}: no Dask scheduler answers there; {way}") from None
    with client:
        _require_alike(client, where, _program(do))
        token, threads = uuid4().hex, _threads()
        lent = client.submit(bytes, pickle.dumps(do), pure=False)
        waiting = {
            client.submit(_work_there, lent, token, threads, job, pure=False): place
            for place, job in enumerate(jobs)
        }
        while waiting:
            for future in _finished(client, where, list(waiting)):
                result = _result(where, future)
                yield waiting.pop(future), result


def _finished(client: Any, where: str, waiting: Sequence[Any]) -> Sequence[Any]:
    """Give the jobs that are done; none after some time without one, if there is a worker."""
    from concurrent.futures import CancelledError

    from distributed import wait

    try:
        with client.as_current():
            return list(wait(waiting, timeout=_PATIENCE, return_when="FIRST_COMPLETED").done)
    except TimeoutError:
        _require_workers(client, where)
        return []
    except (CancelledError, OSError):
        raise _gone(where) from None


def _result(where: str, future: Any) -> Any:
    from concurrent.futures import CancelledError

    from distributed import KilledWorker

    try:
        return future.result()
    except KilledWorker:
        way = "give the workers more memory, or take fewer of them on a machine"
        raise ForecastError(f"{where}: a job ended every worker it went to; {way}") from None
    except CancelledError:
        raise _gone(where) from None


def _gone(where: str) -> ForecastError:
    way = "start it and the command again; what was done is kept"
    return ForecastError(f"{where}: the scheduler is gone; {way}")


def _require_workers(client: Any, where: str) -> None:
    """Refuse a cluster without a worker, after some patience."""
    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except TimeoutError:
        way = "start one with `dask worker` and that address"
        raise ForecastError(f"{where}: the cluster has no worker; {way}") from None


def _require_alike(client: Any, where: str, program: tuple[str, str]) -> None:
    """Refuse a cluster whose workers have not this version of the program."""
    _require_workers(client, where)
    try:
        said = client.run(code_fingerprint, program[0], on_error="return")
        client.submit(code_fingerprint, program[0], pure=False).result()  # by way of the scheduler
    except Exception:  # noqa: BLE001  # whatever a stranger's process answers
        raise ForecastError(f"{where}: this program is not on the cluster; {_ALIKE}") from None
    others = sum(one != program[1] for one in said.values())
    if others:
        raise ForecastError(
            f"{where}: {others} of {len(said)} workers have another version of this program, or "
            f"none; {_ALIKE}"
        )


def _program(do: Callable[..., Any]) -> tuple[str, str]:
    """Name the module of what is done, and the fingerprint of all the code behind it."""
    return do.__module__, code_fingerprint(do.__module__)


def _threads() -> int:
    """Count the threads of linear algebra, which shape its last bits."""
    from threadpoolctl import threadpool_info

    return max((one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"),
               default=1)  # fmt: skip


_HELD: dict[str, Callable[[Any], Any]] = {}
_FIRST = Lock()


def _work_there(lent: bytes, token: str, threads: int, job: Any) -> Any:
    """Do one job in a worker; the first of a process is alone, for it may compile."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(threads, user_api="blas"):
        with _FIRST:
            if token not in _HELD:
                do: Callable[[Any], Any] = pickle.loads(lent)  # noqa: S301  # the client's own
                found = do(job)
                _HELD.clear()
                _HELD[token] = do
                return found
        return _HELD[token](job)
