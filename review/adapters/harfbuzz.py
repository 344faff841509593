"""HarfBuzz, which comes with the PDF engine's libraries: the glyphs that words need in scripts whose letters join."""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path

from review.domain.values import dataclass


@dataclass(frozen=True)
class ShapedGlyph:
    """A glyph in the order in which it stands, in the font's units; `at` is where in the words its letters begin."""

    glyph: int
    at: int
    advance: int
    x: int
    y: int


class _Info(ctypes.Structure):
    _fields_ = [
        ("codepoint", ctypes.c_uint32),
        ("mask", ctypes.c_uint32),
        ("cluster", ctypes.c_uint32),
        ("var1", ctypes.c_uint32),
        ("var2", ctypes.c_uint32),
    ]


class _Position(ctypes.Structure):
    _fields_ = [
        ("x_advance", ctypes.c_int32),
        ("y_advance", ctypes.c_int32),
        ("x_offset", ctypes.c_int32),
        ("y_offset", ctypes.c_int32),
        ("var", ctypes.c_uint32),
    ]


def shape(words: str, font: Path, number: int = 0) -> tuple[ShapedGlyph, ...]:
    """Return the glyphs of words of one script and direction, from left to right.

    Args:
        font: a file on this machine in the form of OpenType; `number` is the face in a collection.

    Raises OSError where the library is not installed.
    """
    library = _library()
    buffer = library.hb_buffer_create()
    try:
        codes = (ctypes.c_uint32 * len(words))(*map(ord, words))
        library.hb_buffer_add_utf32(buffer, codes, len(words), 0, len(words))
        library.hb_buffer_guess_segment_properties(buffer)
        library.hb_shape(_font(font, number), buffer, None, 0)
        count = ctypes.c_uint()
        infos = library.hb_buffer_get_glyph_infos(buffer, ctypes.byref(count))
        places = library.hb_buffer_get_glyph_positions(buffer, None)
        return tuple(_glyph(infos[at], places[at]) for at in range(count.value))
    finally:
        library.hb_buffer_destroy(buffer)


def _glyph(info: _Info, place: _Position) -> ShapedGlyph:
    return ShapedGlyph(info.codepoint, info.cluster, place.x_advance, place.x_offset, place.y_offset)


@cache
def _font(path: Path, number: int) -> ctypes.c_void_p:
    """Open a face of a font file, once in the life of the process."""
    library = _library()
    blob = library.hb_blob_create_from_file(bytes(path))
    face = library.hb_face_create(blob, number)
    font = library.hb_font_create(face)
    library.hb_face_destroy(face)
    library.hb_blob_destroy(blob)
    return ctypes.c_void_p(font)


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL("libharfbuzz.so.0")
    thing, number = ctypes.c_void_p, ctypes.c_uint
    signatures: dict[str, tuple[object, list[object]]] = {
        "hb_blob_create_from_file": (thing, [ctypes.c_char_p]),
        "hb_blob_destroy": (None, [thing]),
        "hb_face_create": (thing, [thing, number]),
        "hb_face_destroy": (None, [thing]),
        "hb_font_create": (thing, [thing]),
        "hb_buffer_create": (thing, []),
        "hb_buffer_destroy": (None, [thing]),
        "hb_buffer_add_utf32": (None, [thing, ctypes.POINTER(ctypes.c_uint32), ctypes.c_int, number, ctypes.c_int]),
        "hb_buffer_guess_segment_properties": (None, [thing]),
        "hb_shape": (None, [thing, thing, thing, number]),
        "hb_buffer_get_glyph_infos": (ctypes.POINTER(_Info), [thing, ctypes.POINTER(number)]),
        "hb_buffer_get_glyph_positions": (ctypes.POINTER(_Position), [thing, ctypes.POINTER(number)]),
    }
    for name, (answer, given) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = answer, given
    return library
