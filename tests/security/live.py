"""Gates over a running demo: requests made up by schemathesis, sqlmap and wapiti, as people and as programs."""

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
from tests.security.programs import PLACE, Description, Program, judge, with_examples
from tests.security.site import LEFT_OUT, Site, is_signed_in

ENVIRONMENTS = ROOT / ".venv-security"
SCHEMATHESIS = ENVIRONMENTS / "tools/bin/schemathesis"
CHECKS = ROOT / "tests" / "security" / "schemathesis.toml"
EXAMPLES = "6"
SEED = "2026"
WAPITI_MODULES = "sql,xss,permanentxss,file,exec,redirect,crlf,csp,http_headers,cookieflags,csrf,backup,htaccess"
WAPITI_API_MODULES = "sql,xss,file,exec,redirect,crlf,http_headers"
WAPITI_SECONDS = "240"
ATTACK_SECONDS = "40"
ARGUED = {
    "Secure Flag cookie": "the demo speaks plain HTTP; over HTTPS the cookie is __Host- and Secure, which has its test"
}
"""What wapiti finds in every demo, and why it is none."""
API_CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
API_CHECKS += ",ignored_auth,negative_data_rejection"
API_EXAMPLES = "10"
API_ARGUED = {
    "Schema-violating request accepted: POST /people/import": "any text is a file; what is wrong with it are its faults"
}
QUIETLY = ["--max-redirects", "0", "--no-shrink", "--warnings", "off", "--suppress-health-check", "all"]
QUIETLY += ["--continue-on-failure"]
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
        options += [*QUIETLY, "--report", "json", "--report-json-path", str(report)]
        _run([SCHEMATHESIS, "run", description, "-u", site.url, *carried, *options], folder)
        told: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        tried += told["test_cases"]["generated"]
        found += [*_failures(told), *_lost(site)]
    return Outcome("schemathesis", tried, "requests", tuple(found))


def fuzz_api(programs: Iterable[Program], folder: Path) -> Outcome:
    """Hold the API to its own description, with each token: its answers are as described, and within its scopes."""
    tried, found = 0, []
    for number, program in enumerate(programs):
        description: Description = program.read("/openapi.json")
        described = folder / f"api-{number}.json"
        described.write_text(json.dumps(with_examples(description, program.rows)), encoding="utf-8")
        report, calls = folder / f"api-fuzz-{number}.json", folder / f"api-calls-{number}.har"
        carried = [word for name, value in program.headers.items() for word in ("-H", f"{name}:{value}")]
        options = [
            "-c",
            API_CHECKS,
            "--phases",
            "examples,coverage,fuzzing",
            "-n",
            API_EXAMPLES,
            "--seed",
            SEED,
            *QUIETLY,
        ]
        options += [
            *QUIETLY,
            "--report",
            "json,har",
            "--report-json-path",
            str(report),
            "--report-har-path",
            str(calls),
        ]
        options += ["-u", f"{program.url}{PLACE}", *carried]
        _run([SCHEMATHESIS, "--config-file", CHECKS, "run", described, *options], folder)
        told: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        found += [line for line in _failures(told) if line not in API_ARGUED]
        judged = judge(description, _calls(calls), program.scopes)
        tried += judged.answered and told["test_cases"]["generated"]
        found += [*judged.findings, *_lost(program)]
    return Outcome("schemathesis API", tried, "requests", tuple(found))


def inject(sites: Iterable[Site | Program], folder: Path) -> Outcome:
    """Try to reach the database through every parameter of every address that takes one."""
    tried: set[tuple[str, str]] = set()
    found: list[str] = []
    for number, site in enumerate(sites):
        place = folder / f"sqlmap-{number}"
        place.mkdir()
        (place / "urls").write_text("\n".join(_with_parameters(site)) + "\n", encoding="utf-8")
        options = ["--batch", "--level=1", "--risk=1", "--technique=BE", "--threads=4", "--disable-coloring"]
        carried = "\n".join(f"{name}: {value}" for name, value in site.headers.items())
        options += ["--flush-session", f"--headers={carried}", f"--output-dir={place}"]
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
    skipped = [word for path in LEFT_OUT for word in ("-x", f"{site.url}{path}*")]
    walked = ["-u", f"{site.url}/", "--scope", "domain", "-d", "3", *skipped, "-m", WAPITI_MODULES]
    return _attack("wapiti", site, [*walked, "-H", f"Cookie: {site.cookie}"], folder)


def attack_api(program: Program, folder: Path) -> Outcome:
    """Let wapiti try every parameter of the API; it leads to no page, so each address is told."""
    places = [word for address in _with_parameters(program) for word in ("-s", address)]
    walked = ["-u", f"{program.url}{PLACE}/me", *places, "--scope", "folder", "-d", "1", "-m", WAPITI_API_MODULES]
    return _attack("wapiti API", program, [*walked, "-H", f"Authorization: Bearer {program.token}"], folder)


def _attack(gate: str, site: Site | Program, walked: Sequence[str], folder: Path) -> Outcome:
    report = folder / f"{gate.replace(' ', '-')}.json"
    options = [*walked, "--max-scan-time", WAPITI_SECONDS, "--max-attack-time", ATTACK_SECONDS]
    options += ["--max-parameters", "12"]
    options += ["--flush-session", "--no-bugreport", "--store-session", str(folder), "-f", "json", "-o", str(report)]
    _run([ENVIRONMENTS / "wapiti/bin/wapiti", *options], folder)
    told: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    rows = [
        (name, row) for kind in ("vulnerabilities", "anomalies") for name, found in told[kind].items() for row in found
    ]
    found = [f"{name}: {row['method']} {row['path']} {row['parameter']}" for name, row in rows if name not in ARGUED]
    return Outcome(gate, told["infos"]["crawled_pages_nbr"], "addresses", (*found, *_lost(site)))


def _failures(told: dict[str, Any]) -> list[str]:
    rows = [f"{row['title']}: {place}" for row in told["failures"] for place in row["operations"]]
    return [*rows, *(str(error) for error in told["errors"])]


def _calls(har: Path) -> list[tuple[str, str, int]]:
    entries = json.loads(har.read_text(encoding="utf-8"))["log"]["entries"]
    return [(each["request"]["method"], each["request"]["url"], each["response"]["status"]) for each in entries]


def _with_parameters(site: Site | Program) -> list[str]:
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


def _lost(site: Site | Program) -> list[str]:
    """Return a finding where the sign-in has ended meanwhile: then the last requests reached nothing."""
    is_there = site.is_let_in() if isinstance(site, Program) else is_signed_in(site)
    return [] if is_there else ["the sign-in ended during the walk"]


def _run(command: Sequence[str | Path], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    with (folder / f"{Path(command[0]).name}.log").open("a", encoding="utf-8") as log:
        log.write(done.stdout + done.stderr)
    return done.stdout
