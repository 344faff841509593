"""What all tests of a process share: templates and statements are compiled once, not once for each app and engine."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from jinja2.bccache import Bucket, BytecodeCache


class MemoryCache(BytecodeCache):
    """Keeps templates compiled from one test to the next: each test has an app of its own, all read the same files."""

    def __init__(self) -> None:
        self.compiled: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket with what another app has compiled from the same text."""
        bucket.code = self.compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what has just been compiled."""
        self.compiled[bucket.key, bucket.checksum] = bucket.code


COMPILED = MemoryCache()
DIALECTS: dict[str, sa.Dialect] = {}
STATEMENTS: dict[Any, Any] = {}


def share_statements(engine: sa.Engine) -> None:
    """Keep statements compiled from one test to the next: each test has engines of its own, all ask the same."""
    if engine.dialect.name not in DIALECTS:
        engine.connect().close()  # the first connection tells a dialect what it speaks to
        DIALECTS[engine.dialect.name] = engine.dialect
    engine.dialect = DIALECTS[engine.dialect.name]
    engine.update_execution_options(compiled_cache=STATEMENTS)
