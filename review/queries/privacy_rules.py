"""The company's rules for personal data, read once a process from workflows/privacy.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from review.domain.errors import Invalid
from review.domain.privacy_file import PrivacyRules, parse_privacy

FILE = Path(__file__).resolve().parent.parent.parent / "workflows" / "privacy.yaml"


@cache
def load_privacy_rules() -> PrivacyRules:
    """Return the rules; raise Invalid with every fault in the file."""
    rules = parse_privacy(FILE.read_text(encoding="utf-8"), FILE.name)
    if not isinstance(rules, PrivacyRules):
        raise Invalid(rules)
    return rules
