"""`python -m docs.shots`: walks the demo and a large company in a browser, and keeps a picture of every page.

Each page must open, report nothing to the console, not scroll sideways, and have no fault that axe-core finds (WCAG 2.2
A and AA, best practices); what does not is told at the end (exit 1).
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from socket import socket

import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy.orm import Session

from docs.shot_list import LARGE, PAGES, PEOPLE
from review.adapters.guides import PICTURES, load_guides
from review.config import ROOT
from review.models import Case, Committee, Cycle, Feedback, Person

CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking")
LOOKS = ((1280, "light"), (1280, "dark"), (390, "light"), (390, "dark"))
START_SECONDS = 120
AXE = ROOT / "tests" / "browser" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
FIND = """rules => axe.run(document, {runOnly: {type: "tag", values: rules}, resultTypes: ["violations"]}).then(
    found => found.violations.map(each => each.id + ": " + each.nodes[0].html.slice(0, 160)))"""
NAMED = re.compile(r"\(pictures/([\w-]+)\.png\)")
GUIDE_WIDTH, MOST_HEIGHT, COLOURS = 960, 900, 32
Pages = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Shot:
    """A page: a name for the picture, who opens it (by name), and where it is."""

    name: str
    who: str
    path: str


def main() -> None:
    """Build, walk, keep the pictures, tell what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m docs.shots", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("var/shots"))
    parser.add_argument("--only", default="", help="a part of the names to take")
    parser.add_argument("--var", type=Path, help="a demo that is built already")
    parser.add_argument("--large", type=Path, help="a large company that is built already")
    parser.add_argument("--guides", action="store_true", help="renew the pictures of docs/guides as well")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    faults = _shoot(given.var, (), PAGES, given.out, given.only)
    faults += _shoot(given.large, ("--people", str(PEOPLE)), LARGE, given.out, given.only)
    if given.guides:
        _renew_guides(given.out)
    for fault in faults:
        print(fault)
    taken = sum(given.only in each.name for each in given.out.glob("*.png"))
    print(f"{taken} pictures, {len(faults)} faults")
    sys.exit(1 if faults else 0)


def _shoot(built: Path | None, size: tuple[str, ...], pages: Pages, out: Path, only: str) -> list[str]:
    """Build a company of a size where it is not built already, serve it and take the pictures of its pages."""
    wanted = tuple(page for page in pages if only in page[0])
    if not wanted:
        return []
    with tempfile.TemporaryDirectory() as folder:
        var = built or Path(folder)
        environment = {**os.environ, "DEMO": "1", "VAR_DIR": str(var), "BIND": f"127.0.0.1:{_free_port()}"}
        command = Path(sys.executable).parent / "dualtrack"
        subprocess.run([command, "demo", *size], env=environment, check=True)
        server = subprocess.Popen([command, "serve"], env=environment)
        try:
            return _walk(f"http://{environment['BIND']}", _find_shots(var, wanted), out)
        finally:
            server.terminate()
            server.wait()


def _walk(address: str, shots: list[Shot], out: Path) -> list[str]:
    _wait_for(address)
    faults: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for width, theme in LOOKS:
            for who in dict.fromkeys(shot.who for shot in shots):
                mine = [shot for shot in shots if shot.who == who]
                faults += _visit(browser, address, mine, width, theme, out)
        browser.close()
    return faults


def _visit(browser: Browser, address: str, shots: list[Shot], width: int, theme: str, out: Path) -> list[str]:  # noqa: PLR0917
    """Sign in as one person and take their pictures in one look."""
    size = {"width": width, "height": 900}
    context = browser.new_context(base_url=address, viewport=size, color_scheme=theme)  # type: ignore[arg-type]
    page = context.new_page()
    reports: list[str] = []
    page.on("console", lambda message: reports.append(message.text) if message.type == "error" else None)
    page.goto("/sign-in")
    page.get_by_role("button", name=f"Sign in as {shots[0].who}").click()
    faults: list[str] = []
    for shot in shots:
        reports.clear()
        faults += _take(page, shot, out / f"{shot.name}-{width}-{theme}.png", reports)
    context.close()
    return faults


def _take(page: Page, shot: Shot, target: Path, reports: list[str]) -> list[str]:
    answer = page.goto(shot.path)
    page.screenshot(path=str(target), full_page=True)
    status = answer.status if answer else 0
    faults = []
    if (status != 200) != (shot.name == "not-found"):
        faults.append(f"{target.name}: {shot.path} answered {status}")
    elif reports and shot.name != "not-found":
        faults.append(f"{target.name}: the console says {reports[0]}")
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        faults.append(f"{target.name}: scrolls sideways")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return faults + [f"{target.name}: {fault}" for fault in page.evaluate(FIND, list(RULES))]


def _renew_guides(out: Path) -> None:
    """Keep the upper part of each page that a guide shows, small enough for the repository."""
    PICTURES.mkdir(exist_ok=True)
    for name in sorted({each for guide in load_guides() for each in NAMED.findall(guide.text)}):
        shot = Image.open(out / f"{name}-1280-light.png").convert("RGB")
        part = shot.crop((0, 0, shot.width, min(shot.height, MOST_HEIGHT)))
        small = part.resize((GUIDE_WIDTH, part.height * GUIDE_WIDTH // part.width), Image.Resampling.LANCZOS)
        small.quantize(COLOURS).save(PICTURES / f"{name}.png", optimize=True)


def _find_shots(var: Path, pages: Pages) -> list[Shot]:
    """Fill what stands in braces from the demo: addresses, or numbers of what belongs to somebody; names for ids."""
    engine = sa.create_engine(f"sqlite:///{var / 'dualtrack.db'}")
    with Session(engine) as session:
        names = {row.external_id: row.name for row in session.scalars(sa.select(Person))}
        places = _find_places(session)
    engine.dispose()
    return [
        Shot(name, names[who], re.sub(r"\{([^}]+)\}", lambda found: places[found[1]], path))
        for name, who, path in pages
    ]


def _find_places(session: Session) -> dict[str, str]:
    """Return what a word in braces stands for: the running cycle, its ladder, each case by its candidate, and more."""
    cycle, ladder = session.execute(
        sa.select(Cycle.id, Cycle.ladder_version_id).order_by(Cycle.id.desc()).limit(1)
    ).one()
    places = {"cycle": f"/cycles/{cycle}", "ladder": f"/ladders/{ladder}"}
    newest = sa.select(Person.external_id, Case.id).join(Person, Person.id == Case.candidate_id)
    for person, number in session.execute(newest.where(Case.cycle_id == cycle)):
        places |= {person: f"/cases/{number}", f"number:{person}": str(number)}
    for name, number in session.execute(sa.select(Committee.name, Committee.id)):
        places[f"committee:{name}"] = str(number)
    asked = sa.select(Feedback.id, Feedback.case_id, Feedback.state, Person.external_id)
    for number, case, state, person in session.execute(asked.join(Person, Person.id == Feedback.giver_id)):
        if state in {"asked", "writing"}:
            places[f"feedback:{person}"] = f"/cases/{case}/feedback/{number}"
        places[f"{state}:{person}"] = str(number)
    return places


def _wait_for(address: str) -> None:
    """Wait until the server answers; raise TimeoutError."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"{address}/sign-in", timeout=2).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(address)


def _free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
