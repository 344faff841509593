"""One save and one read of a writer, and whether what could not be saved came back in the page."""

from __future__ import annotations

from urllib.parse import urlencode

from bench.fault_saves import Writer
from bench.servers import Call
from bench.voters import AWAY

SHOWN = 2000
"""How much of a long text is looked for in a page."""


def save(writer: Writer, words: str) -> int:
    """Save; asked again while the answer is that nothing can be saved now."""
    words = f"{words}{len(writer.saved)}"
    name, others = writer.names
    status, _, _ = writer.browser.press(writer.path, {name: words, "version": str(writer.version), **others})
    note(writer, words)
    return status


def note(writer: Writer, words: str) -> None:
    """Keep what was acknowledged."""
    writer.saved.append(words)
    writer.version += 1


def try_to_save(writer: Writer, words: str) -> tuple[int, str]:
    """Send a form once; return status and page."""
    name, others = writer.names
    body = urlencode({name: words, "version": str(writer.version), **others})
    return Call(writer.browser.port, writer.path, body, writer.browser.headers).send()


def read(writer: Writer) -> int:
    """Open the page of the form; return the status."""
    path = writer.path.partition("?")[0]
    return Call(writer.browser.port, path, headers=writer.browser.headers).send()[0]


def is_kept(status: int, page: str, words: str) -> bool:
    """Tell whether a page says that nothing can be saved now, and holds the text."""
    return status == AWAY and words.strip()[:SHOWN] in page
