"""What a process keeps of the memory that it no longer uses."""

from __future__ import annotations

import ctypes

MMAP_THRESHOLD = -3
"""The number of this setting in glibc's malloc.h."""
LARGE = 256 * 1024


def give_back_large_blocks() -> None:
    """Let blocks above 256 KiB go back to the system as soon as they are free, where the C library can be told to.

    Checking a password takes 19 MiB for some milliseconds. By itself glibc learns from that to keep as much, in each
    process, for good.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(MMAP_THRESHOLD, LARGE)
