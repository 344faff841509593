"""The same named cast everywhere: a small company, candidates on both tracks, and their reviewers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.models import Employment, Person, RoleGrant
from tests.kept import kept

FOUNDED_AT = datetime(2020, 1, 6, 8, 0, tzinfo=UTC)

# key: (name, function, title, manager, level, company role)
CAST: dict[str, tuple[str, str, str, str | None, str | None, str | None]] = {
    "noor": ("Noor Castell", "Executive", "Chief executive", None, None, "executive"),
    "vera": ("Vera Lind", "Product", "VP Product", "noor", "vp-product", None),
    "dario": ("Dario Amato", "Product", "Director of Product", "vera", "director-pm", None),
    "greta": ("Greta Holm", "Product", "Group PM", "dario", "group-pm", None),
    "mats": ("Mats Oduya", "Product", "Group PM", "dario", "group-pm", None),
    "iris": ("Iris Vance", "Product", "Senior PM", "greta", "senior-pm", None),
    "ben": ("Ben Ito", "Product", "PM", "greta", "pm-2", None),
    "cora": ("Cora Diaz", "Product", "PM", "greta", "pm-2", None),
    "finn": ("Finn Berg", "Product", "PM", "greta", "pm-1", None),
    "pavel": ("Pavel Novak", "Product", "Staff PM", "mats", "staff-pm", None),
    "ravi": ("Ravi Menon", "Product", "Principal PM", "mats", "principal-pm", None),
    "erin": ("Erin Malik", "Engineering", "Staff engineer", "clara", None, None),
    "dev": ("Dev Banerjee", "Design", "Lead designer", "noor", None, None),
    "lena": ("Lena Fuchs", "Data", "Data scientist", "noor", None, None),
    "sam": ("Sam Tran", "Sales", "Account lead", "noor", None, None),
    "clara": ("Clara Boateng", "Engineering", "Director of Engineering", "noor", None, None),
    "omar": ("Omar Haddad", "Design", "Head of Design", "noor", None, None),
    "mika": ("Mika Saar", "Engineering", "Principal engineer", "clara", None, None),
    "jonas": ("Jonas Weber", "Data", "Head of Data", "noor", None, None),
    "aya": ("Aya Sato", "Sales", "Head of Sales", "noor", None, None),
    "hanna": ("Hanna Ruiz", "People", "HR partner", "noor", None, "hr"),
    "hugo": ("Hugo Brandt", "People", "HR partner", "hanna", None, "hr"),
    "petra": ("Petra Klein", "Finance", "Head of Finance", "noor", None, "appeals"),
    "tomas": ("Tomas Ek", "Marketing", "Head of Marketing", "noor", None, "appeals"),
    "abel": ("Abel Stone", "Finance", "Internal auditor", "petra", None, "auditor"),
    "ines": ("Ines Okoro", "Engineering", "Systems administrator", "clara", None, "it_admin"),
    "otto": ("Otto Nagy", "Marketing", "Marketer", "tomas", None, None),
    "xenia": ("Xenia Rolf", "Sales", "Account manager", "aya", None, None),
}
LEFT = frozenset({"xenia"})
COMMITTEE = {"clara": "chair", "omar": "deputy", "mika": "member", "jonas": "member", "aya": "member"}


@dataclass(frozen=True, slots=True)
class Company:
    """The cast by key: their numbers, and each as an actor."""

    ids: dict[str, int]

    def id(self, key: str) -> int:
        """Return a person's number."""
        return self.ids[key]

    def actor(self, key: str) -> Actor:
        """Return a person as who acts, with their company role."""
        name, role = CAST[key][0], CAST[key][5]
        return Actor(self.ids[key], name, frozenset({role} if role else ()), is_active=key not in LEFT)


@kept
def found_company(session: Session) -> Company:
    """Write the cast into an empty database and commit."""
    people = {
        key: Person(
            external_id=key,
            name=name,
            email=f"{key}@company.example",
            function=function,
            title=title,
            level_id=level,
            level_since_on=date(2023, 1, 1) if level else None,
            joined_on=date(2020, 1, 6),
            is_active=key not in LEFT,
            left_on=date(2026, 3, 31) if key in LEFT else None,
            country="DE",
        )
        for key, (name, function, title, _, level, _) in CAST.items()
    }
    session.add_all(people.values())
    session.flush()
    for key, (_, function, title, manager, level, role) in CAST.items():
        people[key].manager_id = people[manager].id if manager else None
        session.add(
            Employment(
                person_id=people[key].id,
                manager_id=people[key].manager_id,
                title=title,
                function=function,
                level_id=level,
                from_on=date(2020, 1, 6),
            )
        )
        if role:
            session.add(RoleGrant(person_id=people[key].id, role=role, granted_at=FOUNDED_AT))
    session.commit()
    return Company({key: person.id for key, person in people.items()})
