"""Gates over a running demo: requests made up by schemathesis, sqlmap and wapiti, as people of the cast."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from review.config import ROOT
from tests.security.description import describe
from tests.security.gates import Outcome
from tests.security.site import LEFT_OUT, Site, is_signed_in

ENVIRONMENTS = ROOT / ".venv-security"
EXAMPLES = "6"
SEED = "2026"
WAPITI_MODULES = "sql,xss,permanentxss,file,exec,redirect,crlf,csp,http_headers,cookieflags,csrf,backup,htaccess"
WAPITI_SECONDS = "240"
ATTACK_SECONDS = "40"
ARGUED = {
    "Secure Flag cookie": "the demo speaks plain HTTP; over HTTPS the cookie is __Host- and Secure, which has its test"
}
"""What wapiti finds in every demo, and why it is none."""
_TRIED = re.compile(r"testing if \w+ parameter '([^']+)' is dynamic")
_AT = re.compile(r"testing URL '([^'?]+)")


def fuzz(sites: Iterable[Site], folder: Path) -> Outcome:
    """Send what people send and what nobody should, to every address and form that each found: no answer is a 5xx."""
    tried, found = 0, []
    for number, site in enumerate(sites):
        description, report = folder / f"site-{number}.json", folder / f"fuzz-{number}.json"
        description.write_text(json.dumps(describe(site)), encoding="utf-8")
        carried = [word for name, value in site.headers.items() for word in ("-H", f"{name}:{value}")]
        options = ["-c", "not_a_server_error", "--phases", "examples,coverage,fuzzing", "-n", EXAMPLES, "--seed", SEED]
        options += ["--max-redirects", "0", "--no-shrink", "--warnings", "off", "--suppress-health-check", "all"]
        options += ["--continue-on-failure", "--report", "json", "--report-json-path", str(report)]
        _run([ENVIRONMENTS / "tools/bin/schemathesis", "run", description, "-u", site.url, *carried, *options], folder)
        told: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        tried += told["test_cases"]["generated"]
        found += [f"{row['title']}: {place}" for row in told["failures"] for place in row["operations"]]
        found += [str(error) for error in told["errors"]]
        found += _lost(site)
    return Outcome("schemathesis", tried, "requests", tuple(found))


def inject(sites: Iterable[Site], folder: Path) -> Outcome:
    """Try to reach the database through every parameter of every address that takes one."""
    tried: set[tuple[str, str]] = set()
    found: list[str] = []
    for number, site in enumerate(sites):
        place = folder / f"sqlmap-{number}"
        place.mkdir()
        (place / "urls").write_text("\n".join(_with_parameters(site)) + "\n", encoding="utf-8")
        options = ["--batch", "--level=1", "--risk=1", "--technique=BE", "--threads=4", "--disable-coloring"]
        options += ["--flush-session", f"--cookie={site.cookie}", f"--output-dir={place}"]
        told = _run([ENVIRONMENTS / "tools/bin/sqlmap", "-m", place / "urls", *options], folder)
        tried |= _parameters_tried(told)
        for results in place.glob("results-*.csv"):
            with results.open(encoding="utf-8", newline="") as rows:
                found += [
                    f"{row['Target URL']} {row['Parameter']}: {row['Technique(s)']}" for row in csv.DictReader(rows)
                ]
        found += _lost(site)
    return Outcome("sqlmap", len(tried), "parameters", tuple(found))


def attack(site: Site, folder: Path) -> Outcome:
    """Let wapiti walk the site as one person and try script, commands, files, redirects, headers and forged forms."""
    report = folder / "wapiti.json"
    skipped = [word for path in LEFT_OUT for word in ("-x", f"{site.url}{path}*")]
    options = ["--scope", "domain", "-H", f"Cookie: {site.cookie}", "-m", WAPITI_MODULES, "-d", "3", *skipped]
    options += ["--max-scan-time", WAPITI_SECONDS, "--max-attack-time", ATTACK_SECONDS, "--max-parameters", "12"]
    options += ["--flush-session", "--no-bugreport", "--store-session", str(folder), "-f", "json", "-o", str(report)]
    _run([ENVIRONMENTS / "wapiti/bin/wapiti", "-u", f"{site.url}/", *options], folder)
    told: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    rows = [
        (name, row) for kind in ("vulnerabilities", "anomalies") for name, found in told[kind].items() for row in found
    ]
    found = [f"{name}: {row['method']} {row['path']} {row['parameter']}" for name, row in rows if name not in ARGUED]
    return Outcome("wapiti", told["infos"]["crawled_pages_nbr"], "addresses", (*found, *_lost(site)))


def _with_parameters(site: Site) -> list[str]:
    """Return an address of each kind that takes parameters; numbers in it count as the same kind."""
    kinds: dict[str, str] = {}
    for path, query in site.pages.items():
        if query:
            filled = {name: value or "1" for name, value in query.items()}
            kinds.setdefault(re.sub(r"\d+", "0", path), f"{site.url}{path}?{urlencode(filled)}")
    return list(kinds.values())


def _parameters_tried(told: str) -> set[tuple[str, str]]:
    """Return (address, parameter) for each that sqlmap says it has tried."""
    tried, address = set(), ""
    for line in told.splitlines():
        if at := _AT.search(line):
            address = at[1]
        elif named := _TRIED.search(line):
            tried.add((re.sub(r"\d+", "0", address), named[1]))
    return tried


def _lost(site: Site) -> list[str]:
    """Return a finding where the sign-in has ended meanwhile: then the last requests reached nothing."""
    return [] if is_signed_in(site) else ["the sign-in ended during the walk"]


def _run(command: Sequence[str | Path], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    (folder / f"{Path(command[0]).name}.log").write_text(done.stdout + done.stderr, encoding="utf-8")
    return done.stdout
