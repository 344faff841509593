"""`python -m tests.security [GATE…]`: run the gates, print what each looked at and found; exit 1 unless all passed."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Collection

from review.config import ROOT
from tests.security.gates import Outcome, exit_code
from tests.security.live import attack, fuzz, inject
from tests.security.site import find_cast, serving, walk
from tests.security.source import audit_with_bandit, audit_with_rules, try_rules

SOURCE: dict[str, Callable[[], Outcome]] = {
    "bandit": audit_with_bandit,
    "semgrep": audit_with_rules,
    "semgrep-rules": try_rules,
}
LIVE = ("sqlmap", "wapiti", "schemathesis")
"""The last one changes what it can, so it comes last."""
KEPT = ROOT / "var" / "security"
"""What the last run built and every tool said."""
ATTACKERS = ("Manager", "Committee", "HR partner")
"""As whom the demo is attacked; between them they reach nearly every form."""


def main() -> int:
    """Run the gates that were named, or all; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.security", description=__doc__)
    parser.add_argument("gates", nargs="*", choices=[*SOURCE, *LIVE, []], metavar="GATE")
    named = parser.parse_args().gates or [*SOURCE, *LIVE]
    outcomes = [_tell(gate()) for name, gate in SOURCE.items() if name in named]
    if set(named) & set(LIVE):
        outcomes += _attack(named)
    return exit_code(outcomes)


def _attack(named: Collection[str]) -> list[Outcome]:
    shutil.rmtree(KEPT, ignore_errors=True)
    (KEPT / "demo").mkdir(parents=True)
    with serving(KEPT / "demo") as url:
        cast = find_cast(url)
        sites = [walk(url, cast[who]) for who in ATTACKERS]
        gates: dict[str, Callable[[], Outcome]] = {
            "sqlmap": lambda: inject(sites, KEPT),
            "wapiti": lambda: attack(sites[0], KEPT),
            "schemathesis": lambda: fuzz(sites, KEPT),
        }
        return [_tell(gates[name]()) for name in LIVE if name in named]


def _tell(outcome: Outcome) -> Outcome:
    print(outcome.told(), flush=True)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
