"""Which files below the files folder the database names, with their digests."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import Book, PacketCopy, PacketFile


def list_kept_files(session: Session) -> dict[str, str]:
    """Return the path of each packet, copy and book that was made, with the SHA-256 of its content."""
    named = [
        sa.select(table.path, table.digest).where(table.path.is_not(None), table.digest.is_not(None))
        for table in (PacketFile, PacketCopy, Book)
    ]
    return {path: digest for path, digest in session.execute(sa.union_all(*named)) if path and digest}
