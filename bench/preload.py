"""The process that those who measure are forked from: it reads what all need once, beside whoever starts it."""

from __future__ import annotations

from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from multiprocessing.forkserver import ensure_running


def begin_to_load(module: str) -> ForkServerContext:
    """Start it with a module and bench.warm, unless it runs; give what processes are forked from it by."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["bench.warm", module])
    ensure_running()
    return context
