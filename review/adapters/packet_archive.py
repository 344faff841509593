"""A packet for the archive: PDF/A-3u, which is read in fifty years as it is today, with the view's JSON as its source.

A file is one variant: readers get PDF/UA-1, the archive PDF/A-3u. The engine writes fonts, colours (its sRGB profile),
metadata and the embedded file as PDF/A has them; what it leaves undone is done here.
"""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pikepdf

from review.adapters.packet_signature import close_file
from review.adapters.paper import Paper, Printed
from review.adapters.pdf import FOR_ARCHIVE, print_packet
from review.domain.errors import Fault, Invalid
from review.domain.text import text

A4 = Paper()


def print_for_archive(content_json: bytes, *, view: str, paper: Paper = A4) -> Printed:
    """Print one view of a packet as PDF/A-3u with the view's JSON as its associated file, sealed.

    The same arguments give the same bytes on the same installation. Raises Invalid as print_packet does, and where a
    sign has no shape in any font: an empty box in its place is not for an archive.
    """
    printed = print_packet(content_json, view=view, paper=paper, variant=FOR_ARCHIVE)
    if printed.missing:
        signs = " ".join(f"U+{ord(sign):04X}" for sign in sorted(set("".join(printed.missing))))
        raise Invalid([Fault(text("no font has a shape for %(signs)s", signs=signs), text("a font of the system"))])
    with pikepdf.open(BytesIO(printed.pdf)) as file:
        _name_source(file)
        return replace(printed, pdf=close_file(file, None, printed.pdf))


def _name_source(file: pikepdf.Pdf) -> None:
    """Make the JSON the source of the pages, named once: the engine calls it data and names it twice."""
    (content,) = (file.attachments[name].obj for name in file.attachments)
    content.AFRelationship = pikepdf.Name.Source
    file.Root.AF = pikepdf.Array([content])
