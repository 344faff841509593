"""Memory that is free again goes back to the system."""

from __future__ import annotations

from tests.programs import run_program

MEASURE = """
from pathlib import Path
from review.adapters.memory import give_back_large_blocks

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

give_back_large_blocks()
before = held()
for _ in range(3):
    block = bytearray(b"x") * (19 << 20)
    del block
print((held() - before) >> 20)
"""


def test_what_a_password_took_is_given_back() -> None:
    assert int(run_program(MEASURE)) < 4
