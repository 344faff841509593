"""What a start need not do: walk over and over what stays."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collection() -> Iterator[None]:
    """Leave garbage alone for a while: nearly all that a start makes stays, and collecting walks it over and over.

    To freeze and to unfreeze it puts all of it among the old objects, which are seldom walked, and walks nothing.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()
        if was_on:
            gc.enable()
