"""Mails kept as files: those that name who was erased go, and nobody else's."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

from review.adapters.erasure_list import remove_mails

MAILS = {
    "to": ("elodie.zak@company.example", "Your case", "Something waits."),
    "wrapped": ("otto@company.example", "Feedback", "You were asked for feedback about Élodie\nŻak, by Friday."),
    "capitals": ("otto@company.example", "ÉLODIE ŻAK HAS LEFT", "Something waits."),
    "longer": ("elodie.zakova@company.example", "Your case", "Hello Élodie Żakova,\nsomething waits."),
    "other": ("otto@company.example", "Élodie", "Żak and Élodie are two people."),
}


def test_a_mail_that_names_who_was_erased_goes(tmp_path: Path) -> None:
    """In whatever capitals and however its lines end; a longer name or address is somebody else's."""
    for name, (to, subject, words) in MAILS.items():
        mail = EmailMessage()
        mail["To"], mail["Subject"] = to, subject
        mail.set_content(words)
        (tmp_path / f"{name}.eml").write_bytes(bytes(mail))
    assert remove_mails("smtp://localhost", ("Élodie Żak",)) == 0
    assert remove_mails(f"file:{tmp_path}", ()) == 0
    assert remove_mails(f"file:{tmp_path}", ("Élodie Żak", "elodie.zak@company.example")) == 3
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["longer", "other"]
