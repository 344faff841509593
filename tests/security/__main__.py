"""`python -m tests.security [GATE…]`: run the gates, print what each looked at and found; exit 1 unless all passed."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Collection

from review.config import ROOT
from tests.security.gates import Outcome, exit_code
from tests.security.ground import prepare
from tests.security.live import attack, attack_api, fuzz, fuzz_api, inject
from tests.security.programs import make_programs
from tests.security.site import enter, find_cast, serving, walk
from tests.security.source import audit_with_bandit, audit_with_rules, try_rules

SOURCE: dict[str, Callable[[], Outcome]] = {
    "bandit": audit_with_bandit,
    "semgrep": audit_with_rules,
    "semgrep-rules": try_rules,
}
LIVE = ("sqlmap", "wapiti", "wapiti-api", "schemathesis-api", "schemathesis")
"""The last one changes what it can, so it comes last."""
KEPT = ROOT / "var" / "security"
"""What the last run built and every tool said."""
ATTACKERS = ("Giver", "Manager", "Committee", "HR partner")
"""As whom the demo is attacked; between them they reach nearly every form. The last one makes tokens for programs."""


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
        entered = [enter(url, cast[who]) for who in ATTACKERS]
        starts = prepare(entered[-1][0])
        sites = [walk(*each, starts) for each in entered]
        wide, narrow = make_programs(sites[-1])
        gates: dict[str, Callable[[], Outcome]] = {
            "sqlmap": lambda: inject([*sites, wide], KEPT),
            "wapiti": lambda: attack(sites[1], KEPT),
            "wapiti-api": lambda: attack_api(wide, KEPT),
            "schemathesis-api": lambda: fuzz_api((wide, narrow), KEPT),
            "schemathesis": lambda: fuzz(sites, KEPT),
        }
        return [_tell(gates[name]()) for name in LIVE if name in named]


def _tell(outcome: Outcome) -> Outcome:
    print(outcome.told(), flush=True)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
