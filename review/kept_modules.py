"""Modules in one file, as `dualtrack compile` leaves them: a start loads 1,400, and does not look for each and open it.

Python looks for a module in several places, and opens what it compiled of it. Here stands what was found and compiled;
a module whose source is another one since is looked for as ever.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import MAGIC_NUMBER
from mmap import ACCESS_READ, mmap
from pathlib import Path
from shutil import rmtree
from types import CodeType, ModuleType

KEPT = Path(__file__).resolve().parents[1] / "build" / "modules"
LENGTH = 8
"""How many bytes say how long the list of the modules is, which comes next; their code follows."""
Version = tuple[int, int]
Found = tuple[str, list[str] | None, Version, int, int]
"""A module: its source, where the modules of a package are, the version of the source, begin and length of the code."""


class _Loader(SourceFileLoader):
    """What loads a module from the code that was kept of it, and anew as Python does."""

    code: memoryview | None = None

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the code of the module."""
        code, self.code = self.code, None
        return super().get_code(fullname) if code is None else marshal.loads(code)  # noqa: S302 - from our own file


class _Finder:
    """What finds the modules that were kept."""

    def __init__(self, modules: Mapping[str, Found], codes: memoryview) -> None:
        self._modules, self._codes = modules, codes

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Tell Python where a module is; None: it shall look for it."""
        if fullname not in self._modules:
            return None
        source, places, version, begin, length = self._modules[fullname]
        if _find_version(source) != version:
            return None
        loader = _Loader(fullname, source)
        loader.code = self._codes[begin : begin + length]
        spec = ModuleSpec(fullname, loader, origin=source)
        spec.has_location, spec.submodule_search_locations = True, places
        return spec


@contextmanager
def kept_modules(place: Path = KEPT) -> Iterator[None]:
    """Load modules from the file for a while, if there is one of such a Python that looks in the same places."""
    path = place / _name_python()
    if not path.is_file():
        yield
        return
    with path.open("rb") as file:
        kept = memoryview(mmap(file.fileno(), 0, access=ACCESS_READ))  # unmapped with the last module that was found
    begin = LENGTH + int.from_bytes(kept[:LENGTH], "big")
    finder = _Finder(marshal.loads(kept[LENGTH:begin]), kept[begin:])  # noqa: S302 - our own file
    del kept
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def keep_modules(place: Path = KEPT) -> int:
    """Keep all modules that this process has loaded, in the place of those of any version before; return how many."""
    modules: dict[str, Found] = {}
    codes: list[bytes] = []
    length = 0
    for name, module in sorted(sys.modules.items()):
        spec = getattr(module, "__spec__", None)
        if spec is None or spec.name != name or type(spec.loader) is not SourceFileLoader:
            continue
        places, version = spec.submodule_search_locations, _find_version(spec.loader.path)
        if version is None:
            continue
        codes.append(marshal.dumps(spec.loader.get_code(name)))
        modules[name] = spec.loader.path, None if places is None else list(places), version, length, len(codes[-1])
        length += len(codes[-1])
    _write(place / _name_python(), marshal.dumps(modules), codes)
    return len(modules)


def _write(path: Path, modules: bytes, codes: Sequence[bytes]) -> None:
    """Write the file; whoever starts meanwhile finds all of it or none."""
    if path.parent.is_dir():
        rmtree(path.parent)
    path.parent.mkdir(parents=True)
    begun = path.with_suffix(".begun")
    begun.write_bytes(b"".join((len(modules).to_bytes(LENGTH, "big"), modules, *codes)))
    begun.replace(path)


def _find_version(source: str) -> Version | None:
    """Return what tells a source file from what it was, as Python does for what it compiles; None: it is not there."""
    try:
        found = os.stat(source)  # noqa: PTH116 - 1,400 of them at each start, and three times as fast
    except FileNotFoundError:
        return None
    return found.st_size, int(found.st_mtime)


def _name_python() -> str:
    """Return a name that another one takes the place of for another Python, or one that looks for modules elsewhere.

    The first place is that of the program which was called: `dualtrack compile` here, gunicorn there.
    """
    told = repr((MAGIC_NUMBER, sys.flags.optimize, sys.path[1:]))
    return sha256(told.encode()).hexdigest()[:32]
