"""Several who work beside each other until it is over, and whoever of them has stopped before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event


@contextmanager
def at_work(*tasks: Callable[[Event], None]) -> Iterator[Callable[[], None]]:
    """Let all work until this ends: each is given what tells that it is over.

    Gives a function that raises what has stopped one of them, as does the end.
    """
    is_over = Event()
    with ThreadPoolExecutor(len(tasks)) as pool:
        runs = [pool.submit(task, is_over) for task in tasks]

        def check() -> None:
            for run in runs:
                if run.done():
                    run.result()

        try:
            yield check
        finally:
            is_over.set()
        for run in runs:
            run.result()
