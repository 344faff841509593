"""What is drawn on the pages of a packet, written shorter without a change that can be seen."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from typing import Any

import pikepdf
from pikepdf import Name

TOO_FINE = re.compile(rb"(?<=\d\d\.\d{2})\d++(?! Tf)")
"""Digits of a place on the page beyond a hundredth of a unit; those below ten and sizes keep theirs."""
DRAWN = re.compile(rb"/(\S+)\s+Do\b")
NAMED = re.compile(rb"/(\S+)\s+([A-Za-z]+)")
FORM = frozenset({"/Type", "/Subtype", "/BBox", "/Resources", "/Group", "/Length", "/Filter"})
"""What a drawing of lines and areas says of itself; one that says more is left as it is."""
LEVEL = 7
"""How hard it is compressed: the hardest takes half as long again, and is 1 % smaller."""
OPAQUE = ({"/ca"}, {"/CA"})
Id = tuple[int, int]


@dataclass(slots=True)
class Drawings:
    """The drawings of a packet (icons, strips) that are written into its pages, where equal ones cost nothing."""

    pdf: pikepdf.Pdf
    _known: dict[Id, bytes | None] = field(default_factory=dict)

    def shorten(self, page: pikepdf.Page, after: bytes) -> None:
        """Write places to a hundredth of a unit, words without the zeros between letters, drawings where they stand.

        Args:
            after: what is drawn on top of the page, by coordinates of the sheet.
        """
        held: Any = page.obj.Resources.get(Name.XObject, {})

        def put(found: re.Match[bytes]) -> bytes:
            return self._find(held[f"/{found[1].decode()}"]) or found[0]

        content = DRAWN.sub(put, page.Contents.read_bytes())
        content = TOO_FINE.sub(b"", content).replace(b">0<", b"").replace(b">0]", b">]")
        page.Contents = self.pdf.make_stream(b"")
        page.Contents.write(zlib.compress(b"q\n" + content + b"\nQ\n" + after, LEVEL), filter=Name.FlateDecode)

    def drop(self, page: pikepdf.Page) -> None:
        """Take drawings that stand in the pages now out of what a page may draw."""
        held: Any = page.obj.Resources.get(Name.XObject, {})
        for name in [key for key, form in held.items() if self._known.get(form.objgen)]:
            del held[name]

    def _find(self, form: Any) -> bytes | None:
        if form.objgen not in self._known:
            self._known[form.objgen] = _write_form(form)
        return self._known[form.objgen]


def _write_form(form: Any) -> bytes | None:
    """Return how to draw a form without naming it; None for pictures, and for one that is not plainly opaque."""
    if not set(form.keys()) <= FORM or form.get("/Subtype") != "/Form":
        return None
    content, states = form.read_bytes(), form.get("/Resources", {}).get("/ExtGState", {})
    for name, operator in NAMED.findall(content):
        state = states.get(f"/{name.decode()}")
        if (
            operator != b"gs"
            or state is None
            or set(state.keys()) not in OPAQUE
            or set(map(float, state.values())) != {1}
        ):
            return None
    box = b" ".join(b"%g" % float(each) for each in form.BBox)
    return b"q %b re W n\n%b\nQ" % (box, content)
