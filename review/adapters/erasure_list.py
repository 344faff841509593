"""The list of erasures outside of the database, for a place restored from an older backup; and mails kept as files."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from review.adapters.packet_files import write_whole

FILE_NAME = "erasures.jsonl"


def write_list(path: Path, erasures: Iterable[Mapping[str, Any]]) -> None:
    """Write the list anew: one erasure a line, numbers and keyed hashes; no file where nobody was erased."""
    content = "".join(f"{json.dumps(each, sort_keys=True)}\n" for each in erasures).encode()
    if content and (not path.is_file() or path.read_bytes() != content):
        write_whole(path, content)


def read_list(path: Path) -> list[dict[str, Any]]:
    """Return the erasures of a list; raise ValueError with the number of a line that is none."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            each = json.loads(line)
            found.append({"person": int(each["person"]), "marks": [str(mark) for mark in each["marks"]]})
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"line {number} of {path} is no erasure") from error
    return found


def remove_mails(mail: str, addresses: Collection[str]) -> int:
    """Remove the mails to or about these names and addresses from a folder of mails; return how many.

    Args:
        mail: the setting MAIL. Mails that a server has taken are not ours to remove.
    """
    if not mail.startswith("file:") or not addresses:
        return 0
    whole = "|".join(re.escape(each) for each in addresses)
    named = re.compile(rf"(?<!\w)(?:{whole})(?!\w)", re.IGNORECASE)
    gone = [path for path in Path(mail.removeprefix("file:")).glob("*.eml") if _names(path.read_bytes(), named)]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _names(content: bytes, named: re.Pattern[str]) -> bool:
    """Tell whether a mail names somebody in its head or its words, whose lines may end within a name."""
    from email import message_from_bytes, policy  # what reads heads of mails is loaded where one is read

    mail = message_from_bytes(content, policy=policy.default)
    told = [str(value) for value in mail.values()]
    told += [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    return any(named.search(" ".join(words.split())) for words in told)
