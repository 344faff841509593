"""`dualtrack subject-access`: what is kept about a person, as files, for an HR partner to hand over."""

from __future__ import annotations

from pathlib import Path

import click

from review.cli.actors import find_anybody, find_hr
from review.cli.installation import open_installation
from review.domain.errors import NotAllowed


@click.command("subject-access")
@click.argument("person")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write into.")
@click.option("--by", "partner", required=True, metavar="HR", help="Who hands it over: an HR partner without a part.")
def subject_access(person: str, out: Path, partner: str) -> None:
    """Write what is kept about PERSON (e-mail, number or whole name; also of who has left) into a folder.

    Others are left out by rule, and what HR took out of an earlier request stays out. It is written to the audit trail.
    Whoever has this folder has the data: hand it over and remove it.
    """
    from review.adapters.bundle_file import write_files
    from review.adapters.packet_files import write_whole
    from review.models import Person
    from review.services.privacy_requests import read_for_hand_over

    with open_installation() as (session, now):
        actor = find_hr(session, partner)
        found = find_anybody(session, actor, person)
        try:
            bundle = read_for_hand_over(session, found, actor=actor, now=now)
        except NotAllowed as refused:
            raise click.ClickException(str(refused)) from refused
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in write_files(bundle, locale=session.get_one(Person, found).locale).items():
            write_whole(out / name, content)
            click.echo(str(out / name))
        session.commit()
