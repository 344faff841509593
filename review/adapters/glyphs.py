"""A line of words as outlines: which font has each sign, in which order they stand, what each is when it is copied.

For the little that is written onto a finished PDF, where starting the PDF engine would cost a second.
"""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont, TTLibError

from review.adapters.harfbuzz import shape
from review.adapters.paper import TEMPLATES
from review.domain.values import dataclass

FONTS = TEMPLATES / "packet" / "fonts"
OWN = tuple(
    FONTS / f"inter-{part}-400-normal.ttf" for part in ("latin", "latin-ext", "vietnamese", "cyrillic", "greek")
)
EM = 1000
BOX = "90 0 m 90 700 l 510 700 l 510 0 l h 140 50 m 460 50 l 460 650 l 140 650 l h"
"""What stands for a sign that no font of this machine has."""
OUTLINES = ("glyf", "CFF ", "CFF2")
RIGHT_TO_LEFT = frozenset({"R", "AL"})
STRONG = RIGHT_TO_LEFT | {"L", "EN", "AN"}


@dataclass(frozen=True)
class Glyph:
    """An outline as PDF operators in thousandths of the size, its width, and the signs that it stands for."""

    outline: str
    width: int
    words: str


@dataclass(frozen=True)
class Placed:
    """A glyph of a line: how far it is moved from where the line has come to, and how far the line goes on."""

    glyph: Glyph
    advance: int
    x: int = 0
    y: int = 0


@dataclass(frozen=True)
class Face:
    """A face of a font file."""

    path: Path
    number: int = 0


def set_line(words: str) -> tuple[Placed, ...]:
    """Return the glyphs of words on one line, from left to right.

    Words of right-to-left scripts stand as they are read. A sign that no font has becomes an empty box.
    """
    tidy = unicodedata.normalize("NFC", words)
    parts = [(each, is_backward) for is_backward, each in _directions(tidy)]
    if parts and _is_backward(tidy):
        parts.reverse()
    return tuple(placed for each, is_backward in parts for placed in _set_part(each, is_backward=is_backward))


def _set_part(words: str, *, is_backward: bool) -> Iterator[Placed]:
    runs = [(face, "".join(signs)) for face, signs in groupby(words, find_face)]
    for face, run in reversed(runs) if is_backward else runs:
        if face is None:
            yield from (Placed(Glyph(BOX, 600, sign), 600) for sign in run)
        elif face.path in OWN:
            yield from (_plain(face, sign) for sign in run)
        else:
            yield from _shaped(face, run)


def _plain(face: Face, sign: str) -> Placed:
    glyph = _glyph(face, _open(face).getBestCmap()[ord(sign)], sign)
    return Placed(glyph, glyph.width)


def _shaped(face: Face, run: str) -> Iterator[Placed]:
    font = _open(face)
    unit = EM / font["head"].unitsPerEm
    glyphs = shape(run, face.path, face.number)
    starts = sorted({each.at for each in glyphs})
    ends = dict(zip(starts, [*starts[1:], len(run)], strict=True))
    told: set[int] = set()
    for each in glyphs:
        words = "" if each.at in told else run[each.at : ends[each.at]]
        told.add(each.at)
        glyph = _glyph(face, font.getGlyphName(each.glyph), words)
        yield Placed(glyph, round(each.advance * unit), round(each.x * unit), round(each.y * unit))


def _directions(words: str) -> Iterator[tuple[bool, str]]:
    """Yield parts of one direction; what has none goes with both neighbours, or else with the line."""
    line = _is_backward(words)
    kinds = [unicodedata.bidirectional(sign) for sign in words]
    ways = [kind in RIGHT_TO_LEFT if kind in STRONG else None for kind in kinds]
    for at, way in enumerate(ways):
        if way is None:
            before = next((each for each in reversed(ways[:at]) if each is not None), line)
            after = next((each for each in ways[at + 1 :] if each is not None), line)
            ways[at] = before if before == after else line
    at = 0
    for is_backward, group in groupby(ways):
        size = len(list(group))
        yield bool(is_backward), words[at : at + size]
        at += size


def _is_backward(words: str) -> bool:
    """Say whether the first letter is of a right-to-left script."""
    kinds = (unicodedata.bidirectional(sign) for sign in words)
    return next((kind in RIGHT_TO_LEFT for kind in kinds if kind in RIGHT_TO_LEFT or kind == "L"), False)


@cache
def find_face(sign: str) -> Face | None:
    """Return the face that has a sign: one of ours, else the machine's choice, else None."""
    own = next((Face(path) for path in OWN if ord(sign) in _open(Face(path)).getBestCmap()), None)
    return own or _ask_machine(sign)


def _ask_machine(sign: str) -> Face | None:
    """Return the face that the machine offers; None where it has not that sign, or a picture in place of an outline."""
    program = shutil.which("fc-match")
    if program is None:
        return None
    asked = [program, "--format=%{file}\n%{index}", f":charset={ord(sign):x}"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=True)  # noqa: S603 - a code point
        path, number = done.stdout.splitlines()
        face = Face(Path(path), int(number) & 0xFFFF)
        font = _open(face)
        has_outlines = any(table in font for table in OUTLINES)
        return face if has_outlines and ord(sign) in font.getBestCmap() else None
    except (OSError, ValueError, subprocess.SubprocessError, TTLibError):
        return None


@cache
def _open(face: Face) -> Any:
    file = face.path.open("rb")  # stays open: outlines are read when they are needed
    try:
        return TTFont(file, fontNumber=face.number, lazy=True)
    except BaseException:
        file.close()
        raise


@cache
def _glyph(face: Face, name: str, words: str) -> Glyph:
    font = _open(face)
    glyphs = font.getGlyphSet()
    pen = _PathPen(glyphs, EM / font["head"].unitsPerEm)
    glyphs[name].draw(pen)
    return Glyph(" ".join(pen.steps), round(glyphs[name].width * pen.unit), words)


class _PathPen(BasePen):
    """Writes an outline as PDF operators."""

    def __init__(self, glyphs: Any, unit: float) -> None:
        super().__init__(glyphs)  # type: ignore[no-untyped-call]
        self.unit = unit
        self.steps: list[str] = []

    def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
        self._write("m", pt)

    def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
        self._write("l", pt)

    def _curveToOne(self, pt1: tuple[float, float], pt2: tuple[float, float], pt3: tuple[float, float]) -> None:  # noqa: N802
        self._write("c", pt1, pt2, pt3)

    def _closePath(self) -> None:  # noqa: N802
        self.steps.append("h")

    def _write(self, operator: str, *points: tuple[float, float]) -> None:
        numbers = (f"{round(number * self.unit)}" for point in points for number in point)
        self.steps.append(f"{' '.join(numbers)} {operator}")
