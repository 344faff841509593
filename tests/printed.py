"""Prints that are there without a worker: an empty page stands for each."""

from __future__ import annotations

import hashlib
from io import BytesIO

import pikepdf
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.config import Settings
from review.models import PacketFile


def print_all(session: Session, settings: Settings) -> None:
    """Put a page into the place of every view of a packet."""
    pdf = BytesIO()
    with pikepdf.new() as file:
        file.add_blank_page()
        file.save(pdf, static_id=True)
    (settings.files_dir / "print.pdf").write_bytes(pdf.getvalue())
    digest = hashlib.sha256(pdf.getvalue()).hexdigest()
    session.execute(sa.update(PacketFile).values(state="ready", path="print.pdf", digest=digest, page_count=13))
    session.commit()
