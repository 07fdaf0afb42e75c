"""A few threads of our own. Unlike the standard library's, one that a dead database holds cannot hold up our end."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from callcenter.errors import StorageAway

T = TypeVar("T")
_Task = tuple[Future[Any], Callable[[], Any]]


class Threads:
    """With a size of one, work is done in the order in which it was submitted."""

    def __init__(self, size: int, name: str) -> None:
        self._waiting: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work_off, name=f"{name}-{number}", daemon=True) for number in range(size)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """The future ends with what `work` returns or raises; with `StorageAway` once this is closed."""
        future: Future[T] = Future()
        if self._closed:
            future.set_exception(StorageAway("closed"))
        else:
            self._waiting.put((future, work))
        return future

    def close(self, *, within_seconds: float = 2.0) -> bool:
        """Finishes what was submitted. False if something still runs; it is left to itself then."""
        self._closed = True
        for _ in self._threads:
            self._waiting.put(None)
        ends = time.monotonic() + within_seconds
        for thread in self._threads:
            thread.join(max(0.0, ends - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _work_off(self) -> None:
        while (task := self._waiting.get()) is not None:
            future, work = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as error:  # carried to whoever awaits the future
                future.set_exception(error)
            del task, future, work  # a sleeping thread must not keep results alive
