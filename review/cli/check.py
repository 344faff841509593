"""`dualtrack check`: every fault in the files of workflows/, with its place and what was expected."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import click

from review.domain.errors import Fault
from review.domain.example_file import Examples, find_strangers, parse_examples
from review.domain.ladder import Ladder
from review.domain.ladder_file import parse_ladder
from review.domain.policy import PolicyFile, find_disagreements, find_unknown_levels, parse_policy
from review.domain.privacy_file import PrivacyRules, parse_privacy
from review.domain.text import plural, text
from review.domain.workflow_file import Workflow, parse_workflow
from review.domain.yaml_text import Document, read_yaml

SHIPPED = Path(__file__).resolve().parents[2] / "workflows"
ENDINGS = (".yaml", ".yml")
KIND = re.compile(
    r"""^["']?(?:schema|format)["']?\s*:\s*["']?(?P<kind>ladder|review-examples|review-policy|review-privacy|review-workflow)/|^(?P<overlay>extends)\s*:""",
    re.MULTILINE,
)
"""How a file says what it is, in a line of its own; read before the file is parsed."""
Read = Workflow | PolicyFile | PrivacyRules | Examples | Ladder | tuple[Fault, ...]
PARSERS: Mapping[str, Callable[[str, str], Read]] = {
    "ladder": lambda source, name: parse_ladder(source, file=name),
    "review-examples": parse_examples,
    "review-policy": parse_policy,
    "review-privacy": parse_privacy,
}


@dataclass(slots=True)
class Findings:
    """What was read, and every fault in it."""

    files: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    workflows: list[tuple[Path, Workflow]] = field(default_factory=list)
    policies: list[tuple[Path, PolicyFile]] = field(default_factory=list)
    ladders: list[Ladder] = field(default_factory=list)
    examples: list[tuple[Path, Examples]] = field(default_factory=list)


@click.command("check")
@click.argument("paths", nargs=-1, metavar="[PATH]…", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
def check(paths: tuple[Path, ...], is_json: bool) -> None:
    """Check workflows, ladders, policy, example profiles: every fault with its place, and what was expected.

    A PATH is a file or a folder; without one, the shipped workflows/ is checked. Exits 1 when a fault was found.
    """
    findings = check_paths(paths or (SHIPPED,))
    if is_json:
        click.echo(json.dumps({"files": findings.files, "faults": [fault_data(each) for each in findings.faults]}))
    else:
        print_faults(findings.faults)
        files = plural("%(count)s file", "%(count)s files", len(findings.files))
        faults = plural("%(count)s fault", "%(count)s faults", len(findings.faults))
        click.echo(f"{files}, {faults}")
    sys.exit(1 if findings.faults else 0)


def check_paths(paths: Iterable[Path]) -> Findings:
    """Read every file under the paths and return what is wrong, in the order of the files."""
    findings = Findings()
    for path in _files(paths):
        findings.files.append(str(path))
        _check_file(path, findings)
    levels = {level.id for ladder in findings.ladders for level in ladder.levels}
    for place, policy in findings.policies:
        if levels:
            findings.faults += find_unknown_levels(place.read_text(encoding="utf-8"), str(place), levels)
        for path, workflow in findings.workflows:
            told = find_disagreements(policy.policy, workflow.definition)
            findings.faults += (_in_folder(path, workflow.fault(each)) for each in told)
    for path, examples in findings.examples:
        beside = (ladder for ladder in findings.ladders if ladder.id == examples.ladder)
        findings.faults += (
            Fault(each, file=str(path)) for ladder in beside for each in find_strangers(examples, ladder)
        )
    findings.faults = list(dict.fromkeys(findings.faults))
    return findings


def read_workflow(path: Path) -> Workflow | tuple[Fault, ...]:
    """Read a workflow and what it extends, which stands in the same folder; faults carry the paths of both."""

    def find(name: str) -> str | None:
        beside = path.parent / name
        return beside.read_text(encoding="utf-8") if Path(name).name == name and beside.is_file() else None

    parsed = parse_workflow(path.read_text(encoding="utf-8"), path.name, find)
    if isinstance(parsed, Workflow):
        return parsed
    return tuple(_in_folder(path, fault) for fault in parsed)


def _in_folder(path: Path, fault: Fault) -> Fault:
    return replace(fault, file=str(path.parent / (fault.file or path.name)))


def print_faults(faults: Iterable[Fault]) -> None:
    """Print faults one a line, to standard error."""
    for fault in faults:
        click.echo(str(fault), err=True)


def fault_data(fault: Fault) -> dict[str, str | int | None]:
    """Return a fault as plain data."""
    return {
        "file": fault.file,
        "line": fault.line,
        "column": fault.column,
        "field": fault.field,
        "what": str(fault.what),
        "expected": str(fault.expected) if fault.expected else None,
    }


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(each for each in path.rglob("*") if each.suffix in ENDINGS and each.is_file())
        else:
            yield path


def _check_file(path: Path, findings: Findings) -> None:
    name = str(path)
    try:
        source = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        findings.faults.append(Fault(text("this is not text in UTF-8"), text("a YAML file"), name))
        return
    read = _read(source, path)
    match read:
        case Workflow():
            findings.workflows.append((path, read))
        case PolicyFile():
            findings.policies.append((path, read))
        case Ladder():
            findings.ladders.append(read)
        case Examples():
            findings.examples.append((path, read))
        case PrivacyRules():
            pass
        case _:
            findings.faults += read


def _read(source: str, path: Path) -> Read:
    name = str(path)
    found = KIND.search(source)
    kind = str(found["kind"] or found["overlay"]) if found else ""
    if kind in ("review-workflow", "extends"):
        return read_workflow(path)
    if kind in PARSERS:
        return PARSERS[kind](source, name)
    document = read_yaml(source, name)
    if not isinstance(document, Document):
        return document
    expected = text(
        "format: ladder/1, schema: review-workflow/1, schema: review-policy/1, schema: review-privacy/1, "
        "schema: review-examples/1, or extends"
    )
    return (document.fault((), text("this is neither a workflow nor a ladder nor a policy"), expected),)
