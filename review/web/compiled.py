"""Pages compiled ahead, as Python keeps its modules: once by whoever installs a version, not by each process anew."""

from __future__ import annotations

import os
import shutil
from hashlib import sha256
from pathlib import Path

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

from review.config import ROOT

COMPILED = ROOT / "build" / "templates"
SOURCES = ("review", "templates")
"""What a compiled template depends on: the code says how it is compiled."""


class ReadOnly(FileSystemBytecodeCache):
    """What was compiled ahead; a web process adds nothing, as it may not write where its code lies."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep nothing."""


def use_compiled(app: Flask, place: Path = COMPILED) -> bool:
    """Let an app read the templates that compile_pages() left; tell whether those of this very version are there."""
    folder = place / _name_version(app)
    if not folder.is_dir():
        return False
    app.jinja_env.bytecode_cache = ReadOnly(str(folder))
    return True


def compile_pages(app: Flask, place: Path = COMPILED) -> int:
    """Compile all templates of an app in the place of those of any version before; return how many."""
    folder = place / _name_version(app)
    if place.is_dir():
        shutil.rmtree(place)
    folder.mkdir(parents=True)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(folder))
    names = app.jinja_env.list_templates(["html"])
    for name in names:
        app.jinja_env.get_template(name)
    return len(names)


def _name_version(app: Flask) -> str:
    """Return a name that another one takes the place of with each change of a file or of the languages.

    Times count by whole seconds, which is what is left of them in the layers of an image.
    """
    told = sha256(repr(app.extensions["languages"]).encode())
    for source in SOURCES:
        for folder, below, files in os.walk(ROOT / source):
            below[:] = sorted(set(below) - {"__pycache__"})
            for name in sorted(files):
                kept = os.stat(f"{folder}/{name}")  # noqa: PTH116 - 1,200 of them at each start, a third of the time
                told.update(f"{folder}/{name} {kept.st_size} {int(kept.st_mtime)}\n".encode())
    return told.hexdigest()[:32]
