"""Packets to print: a whole one, a long one, an entry case, and one whose every field is a canary."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from review.domain.letter_sheet import Finding, LetterSheet, OpenGap
from review.domain.packet import (
    AttachedFile,
    Case,
    CaseKind,
    CellKind,
    Change,
    Criterion,
    Evidence,
    Expectation,
    Feedback,
    FunctionHeard,
    Giver,
    GiverKind,
    Ladder,
    Level,
    Link,
    Measure,
    MutualVoices,
    PacketContent,
    PanelScore,
    Person,
    PriorGap,
    Rating,
    RatingKind,
    Remark,
    Result,
    RoleFit,
    RoleFitAnswer,
    Signal,
    Tag,
    Unanswered,
    UnansweredKind,
)
from review.domain.packet_json import write_packet

SEALED_AT = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)
MANAGER = Person("Rasmus Lindqvist", "Director of Product", "Product")
STAND_IN = Person("Adaeze Nwosu", "Director of Product", "Product")
EARLIER = Person("Colm Farrell", "Director of Product", "Product")
SECOND = Person("Hana Vranić", "Principal PM", "Product")
SENIOR = Level("senior-pm", "IC3", "Senior PM", 3)
STAFF = Level("staff-pm", "IC4", "Staff PM", 4)


def _final(anchor: str, value: int | None, words: str, cited: str, sentence: str, change: Change | None) -> Rating:
    return Rating(
        anchor,
        RatingKind.FINAL,
        STAND_IN,
        value,
        on_behalf_of=MANAGER,
        justification=words,
        cited=tuple(cited.split()),
        sentence=sentence,
        change=change,
    )


def _first(anchor: str, value: int | None, words: str, cited: str) -> Rating:
    return Rating(anchor, RatingKind.FIRST_VIEW, MANAGER, value, justification=words, cited=tuple(cited.split()))


def _second(anchor: str, value: int | None, words: str, cited: str, reason: str = "") -> Rating:
    return Rating(
        anchor, RatingKind.SECOND, SECOND, value, reason=reason, justification=words, cited=tuple(cited.split())
    )


CRAFT = Criterion(
    id="hard-skills",
    name="Hard skills",
    description="Discovery, delivery and figures: how the work itself is done.",
    current=Expectation(
        summary="Takes a theme from a vague complaint to a shipped change, and can say what it was worth.",
        signals=(
            Signal("s1", "Picks the research method to suit the question."),
            Signal("s2", "Reads the product’s figures without help."),
        ),
        measures=(Measure("Releases with a stated goal", ">=", "8", "a year"),),
    ),
    target=Expectation(
        summary="Owns one product from top to bottom, and sets the method by which its choices are made.",
        signals=(
            Signal("s1", "Turns a costly, unclear problem into a few decisions with their price."),
            Signal("s2", "Leaves behind tools that other teams go on using."),
        ),
        measures=(Measure("Product measures moved as forecast", ">=", "60", "percent"),),
        added=("from top to bottom", "a few decisions with their price", "tools that other teams go on using"),
    ),
    self_review=(
        "Passengers paid for a crossing and then could not find their own booking; one call in three to the desk was "
        "about that. I split the complaint into *finding*, *changing* and *proving* a booking, timed each with forty "
        "travellers on two quays, and priced the three repairs with the people from data (E1).\n\n"
        "We built the second one first, which nobody expected. Calls fell from 31 to 9 in a hundred bookings by "
        "September. The timing sheet has since been used by two other teams (E2).\n\n"
        "What I would do otherwise:\n\n- show sales the price list before it is pretty\n- time the quay in winter too"
    ),
    evidence=("E1", "E2"),
    ratings=(
        _final(
            "R1",
            4,
            "The three repairs were chosen by their price, and the price was right to within a tenth (E1). The timing "
            "sheet is in use in two teams that never met Ilse (E2, F3). I see the whole of the target text, twice.",
            "E1 E2 F3",
            "Turns a costly, unclear problem into a few decisions with their price.",
            Change(4, "The answers agree with what I saw."),
        ),
        _first("R5", 4, "Three decisions, each with a price, and a method that outlived the project.", "E1 E2"),
        _second("R9", 4, "The forecast and the result stand side by side in E1; the method is reused in E2.", "E1 E2"),
    ),
)
BRIDGES = Criterion(
    id="cross-functionality",
    name="Cross-functionality",
    current=Expectation(summary="Works well with engineering, design and one partner in sales."),
    target=Expectation(
        summary="Brings together functions whose goals differ, also outside the company, and the agreement holds.",
        signals=(Signal("s1", "Agreements hold when this person is not in the room."),),
        added=("whose goals differ", "also outside the company", "the agreement holds"),
    ),
    self_review=(
        "The port authority counted *departures*; we counted *doors closed*. Each side fined the other for the gap. I "
        "asked both to bring the three worst days and nothing else, and we wrote one definition on the spot (E3). It "
        "has been changed once since then, by them, without me."
    ),
    evidence=("E3",),
    ratings=(
        _final(
            "R2",
            4,
            "One definition for two parties that had stopped speaking, and it holds (E3, F1). Finance was asked late "
            "about the fines (F2); she said so before anyone else did.",
            "E3 F1 F2",
            "Agreements hold when this person is not in the room.",
            Change(3, "F1 shows that it was changed without her and held."),
        ),
        _first("R6", 3, "A good agreement; I cannot see yet whether it holds.", "E3"),
        _second("R10", 3, "Once, with one partner. The text asks for functions in the plural.", "E3"),
    ),
)
LEADING = Criterion(
    id="leadership",
    name="Leadership",
    current=Expectation(summary="Mentors one or two colleagues and leads by example in the team."),
    target=Expectation(
        summary="Changes how product managers beyond the team work, without the line.",
        signals=(Signal("s1", "Somebody senior has grown through this person’s coaching."),),
        added=("beyond the team",),
    ),
    self_review="I coach one colleague in freight. She now runs the winter plan that used to be mine (E4).",
    evidence=("E4",),
    ratings=(
        _final(
            "R3",
            3,
            "One colleague has grown, with dates (E4). Beyond that I have only the word of it.",
            "E4",
            "Somebody senior has grown through this person’s coaching.",
            Change(3, "Nothing in the feedback speaks for or against."),
        ),
        _first("R7", 3, "Shown once.", "E4"),
        _second("R11", None, "", "", "The packet has one page on it and I know none of the people."),
    ),
)
OWNING = Criterion(
    id="accountability",
    name="Accountability",
    current=Expectation(summary="Owns the results of an area, says early what will be missed."),
    target=Expectation(
        summary="Owns results that depend on several teams, over a year or more.",
        signals=(Signal("s1", "Names own wrong calls before others do, and carries the repair to its end."),),
        measures=(Measure("Months between launch and the last measured result", ">=", "6"),),
        added=("depend on several teams", "over a year or more", "before others do"),
    ),
    self_review=(
        "In March I promised the quay scanners for Easter. They came in June. I wrote to all four teams five weeks "
        "before Easter, with the reason and a new day, and that day held (E5)."
    ),
    evidence=("E5",),
    ratings=(
        _final(
            "R4",
            4,
            "The miss was named before anyone asked and the repair is measured six months on (E5, F2).",
            "E5 F2",
            "Names own wrong calls before others do, and carries the repair to its end.",
            Change(4, "F2 says the same in other words."),
        ),
        _first("R8", 4, "Four teams, fourteen months, one honest letter.", "E5"),
        _second("R12", 4, "The letter of March is the best page in the packet.", "E5"),
    ),
)
EVIDENCE = (
    Evidence(
        "E1",
        "Finding a booking: three repairs and their price",
        "Timed forty travellers at two quays, split the complaint into three parts, and priced a repair for each with "
        "the data team. Chose the second part first, against the first impression.",
        "Calls about lost bookings fell by two thirds within two quarters; the desk at the north quay closed an hour "
        "earlier.",
        "March to September 2026",
        Result("Calls per 100 bookings", "31", "15", "9", "calls"),
        (
            Link(
                "Price list of the three repairs",
                "https://pages.example.test/ferry/price-list",
                datetime(2026, 10, 2, 9, 30, tzinfo=UTC),
                "9f2c41d8a07b",
            ),
        ),
        (AttachedFile("price-list.pdf", "application/pdf", 184_320, "4be1c0a5d2f7889e"),),
        (Tag("hard-skills", "s1"),),
        date(2026, 10, 2),
    ),
    Evidence(
        "E2",
        "The timing sheet",
        "Wrote down how to time a traveller on a quay in ten minutes, with the mistakes we made.",
        "Two teams have used it since, one of them in another town.",
        "June 2026",
        tags=(Tag("hard-skills", "s2"), Tag("leadership")),
        added_on=date(2026, 10, 2),
    ),
    Evidence(
        "E3",
        "One definition of a departure",
        "Brought the port authority and our schedulers into one room with three bad days and a blank sheet.",
        "Fines between the two fell to nothing from July on.",
        "April to July 2026",
        Result("Fines a month", "14", "4", "0"),
        tags=(Tag("cross-functionality", "s1"),),
        added_on=date(2026, 10, 12),
    ),
    Evidence(
        "E4",
        "Coaching notes, with her consent",
        "Met a colleague from freight every second week for a year; notes and goals are shared.",
        "She leads the winter plan since August.",
        "2025 to 2026",
        tags=(Tag("leadership", "s1"),),
        added_on=date(2026, 10, 20),
    ),
    Evidence(
        "E5",
        "The letter of March, and what became of it",
        "Told four teams five weeks ahead that the scanners would be late, why, and when.",
        "The new day held; the error rate six months later is half of what was promised.",
        "March to December 2026",
        Result("Misread tickets", "2.4", "1.5", "0.7", "percent"),
        tags=(Tag("accountability", "s1"),),
        added_on=date(2026, 11, 16),
        is_late=True,
    ),
)
FEEDBACK = (
    Feedback(
        "F1",
        (
            Remark(
                "cross-functionality",
                "Our controllers and the ferry’s schedulers had not agreed on a single Monday since winter.",
                "She asked for three bad days from each side, read them aloud, and let us write the rule.",
                "We changed it in August without her. Nobody noticed, which is the best that can be said of a rule.",
                rating=4,
            ),
        ),
        Giver("Beatriz Solano", "Port authority", GiverKind.EXTERNAL, "since April 2026"),
        "Come to us before the timetable is printed.",
    ),
    Feedback(
        "F2",
        (
            Remark(
                "cross-functionality",
                "The fines went through our books for a year.",
                "We were asked when the definition was done, not before. She said herself that this was late.",
                "I had to reopen one month. Small, but avoidable.",
                rating=3,
            ),
            Remark(
                "accountability",
                "The scanners were in my forecast for April.",
                "Her letter came before I had seen a single delay myself.",
                "I could move the budget in time.",
                rating=4,
            ),
        ),
        Giver("Tobias Renner", "Finance", worked_together="two years"),
        "Ask finance in the first week.",
    ),
    Feedback(
        "F3",
        (
            Remark(
                "hard-skills",
                "We inherited the timing sheet from a team we do not know.",
                "It says what to do on the quay, and what went wrong the first time.",
                "We had our first figures within a day.",
                "https://pages.example.test/ferry/timing",
                rating=5,
            ),
            Remark("leadership", is_unjudged=True),
        ),
        Giver("Siobhán Keane", "Design", worked_together="spring 2026"),
    ),
    Feedback(
        "F4",
        (
            Remark(
                "leadership",
                "I took over the winter plan from her in August.",
                "She came to the first two meetings and then stayed away on purpose.",
                "I made my own mistakes and they were mine.",
                rating=4,
            ),
        ),
        Giver("Mei Castellanos", "Product", GiverKind.UPWARD, "a year"),
        "Coach somebody who is not yet good.",
    ),
)


def whole() -> PacketContent:
    """Return a packet as it is frozen: about a dozen pages, every kind of part but a role-fit sheet."""
    return PacketContent(
        case=Case(
            code="PR-2026-017",
            kind=CaseKind.PROMOTION,
            cycle="Autumn 2026",
            track="Individual contributor",
            to_level=STAFF,
            committee="Product committee",
            sealed_at=SEALED_AT,
            from_level=SENIOR,
            company="Skarvsund Ferries",
            session_on=date(2026, 11, 26),
            time_zone="Europe/Stockholm",
        ),
        candidate=Person("Ilse Marchetti", "Senior PM", "Product"),
        ladder=Ladder("product-management", "Product Management", "2026.1"),
        criteria=(CRAFT, BRIDGES, LEADING, OWNING),
        manager=MANAGER,
        former_managers=(EARLIER,),
        second_rater=SECOND,
        evidence=EVIDENCE,
        feedback=FEEDBACK,
        coverage=(
            FunctionHeard("Product", 1, 1),
            FunctionHeard("Design", 1, 1),
            FunctionHeard("Finance", 1, 1),
            FunctionHeard("Engineering", 1, 0),
        ),
        mutual=MutualVoices(1, len(FEEDBACK)),
        prior_gaps=(
            PriorGap(
                "G1",
                "PR-2025-009",
                "Leadership",
                "Somebody senior has grown through this person’s coaching.",
                "Advice, well liked, to many.",
                "One colleague followed for a year.",
                date(2026, 10, 1),
                ("E4",),
            ),
        ),
        unanswered=(
            Unanswered(UnansweredKind.FEEDBACK, "Engineering"),
            Unanswered(UnansweredKind.SECOND_RATING, "leadership"),
        ),
    )


def entry() -> PacketContent:
    """Return a short packet: an internal move into the ladder, with a role-fit sheet and no prior level."""
    target = Expectation(summary="Ships single features with help, and can say for whom.")
    empty = Expectation(CellKind.NOT_DEFINED)
    return PacketContent(
        case=Case(
            code="PR-2026-031",
            kind=CaseKind.ENTRY,
            cycle="Autumn 2026",
            track="Individual contributor",
            to_level=Level("pm-1", "IC1", "PM 1", 1),
            committee="Product committee",
            sealed_at=SEALED_AT,
        ),
        candidate=Person("Noor Abdi", "Support lead", "Customer Success"),
        ladder=Ladder("product-management", "Product Management", "2026.1"),
        criteria=(
            Criterion("hard-skills", "Hard skills", target, self_review="I write the weekly list of what hurts (E1)."),
            Criterion("leadership", "Leadership", empty),
        ),
        manager=MANAGER,
        evidence=(Evidence("E1", "The weekly list", "Eighty weeks of what travellers ask, sorted by cost."),),
        role_fit=RoleFit(
            "Support lead",
            (
                RoleFitAnswer("Which work of a product manager have you done?", "The weekly list, and two trials."),
                RoleFitAnswer("What would be new?", "Saying **no** to a colleague, and writing it down."),
            ),
        ),
    )


def long(words: int = 120) -> PacketContent:
    """Return a packet of many pages: eight criteria, each with texts of about `words` words."""
    packet = whole()
    sentence = "On the ninth crossing we counted again, and the count agreed with the sheet. "
    prose = "\n\n".join(f"{sentence * 8}That is E2." for _ in range(max(words // 120, 1)))
    criteria = tuple(
        replace(one, id=f"{one.id}-{turn}", name=f"{one.name} {turn}", self_review=prose, ratings=())
        for turn in (1, 2)
        for one in packet.criteria
    )
    evidence = tuple(
        replace(one, anchor=f"E{10 * turn + number}", done=prose)
        for turn in range(6)
        for number, one in enumerate(EVIDENCE, 1)
    )
    feedback = tuple(
        Feedback(
            f"F{number}",
            tuple(Remark(one.id, sentence, sentence * 6, f"{sentence * 3}(E1)", rating=4) for one in criteria),
            Giver(f"Giver {number}", "Engineering"),
        )
        for number in range(1, 9)
    )
    evidence = tuple(replace(one, anchor=f"E{number}") for number, one in enumerate(evidence, 1))
    return replace(packet, criteria=criteria, evidence=evidence, feedback=feedback, unanswered=(), prior_gaps=())


def with_panel() -> PacketContent:
    """Return a people manager's packet: the same case with scores of a leadership panel."""
    return replace(whole(), panel=(PanelScore(Person("Wilhelmina Achterberg"), 4, "Two teams plan as one."),))


def letter() -> LetterSheet:
    """Return a letter of "not yet" with two findings and two gaps."""
    return LetterSheet(
        case_code="PR-2026-021",
        company="Skarvsund Ferries",
        committee="Product committee",
        candidate=Person("Wenche Alm", "Senior PM", "Product"),
        to_level=STAFF,
        subject="Your promotion to Staff PM: not yet",
        dated_on=date(2026, 12, 4),
        body=(
            "Dear Wenche,\n\nthe product committee has compared your packet with what the ladder asks of a Staff PM "
            "(IC4), and has decided not to promote you in this cycle.\n\nTwo things convinced it, and two are missing. "
            "All four are below, in the words of the ladder, so that you can hold us to them."
        ),
        findings=(
            Finding(
                "Hard skills",
                "Turns a costly, unclear problem into a few decisions with their price.",
                "The winter timetable, cut into three choices, each with its cost.",
                anchors=("E1",),
            ),
            Finding(
                "Cross-functionality",
                "Brings together functions whose goals differ, also outside the company.",
                "Two launches with the same partner.",
                "A plan shared with more than one partner.",
                ("E2",),
            ),
        ),
        gaps=(
            OpenGap(
                "G1",
                "Cross-functionality",
                "Brings together functions whose goals differ, also outside the company, and the agreement holds.",
                "Two launches with the same partner.",
                "A plan that two partners signed, and kept for a quarter.",
                date(2027, 6, 1),
                "The summer timetable with the two bus companies.",
            ),
            OpenGap(
                "G2",
                "Leadership",
                "Somebody senior has grown through this person’s coaching.",
                "Advice to many.",
                "One colleague followed for a year.",
                date(2027, 10, 1),
                "",
                is_new=False,
            ),
        ),
        closing="Rasmus has set aside an hour for you today at three. You can read this before or with him.",
        appeal=(
            "You may appeal until 18 December 2026, once, where a rule was broken or evidence that you had given was "
            "not read. People who did not vote decide on it."
        ),
        signed_by=(Person("Ruta Meškauskienė", "Chair of the product committee"),),
    )


def canaries() -> PacketContent:
    """Return a packet in which every free text is a word that stands nowhere else."""
    return aviary()[1]


def aviary() -> tuple[dict[str, str], PacketContent]:
    """Return such a packet with the place of each word: `bird1007` at `rating.first.justification`."""
    birds = _Birds()
    packet = birds.packet()
    return birds.places, packet


ROWS = {
    "packet.criteria.self_review": ("self_review.submitted",),
    "packet.evidence.links": ("self_review.submitted", "evidence.attachment"),
    "packet.evidence.files": ("self_review.submitted", "evidence.attachment"),
    "packet.evidence": ("self_review.submitted",),
    "packet.role_fit": ("self_review.submitted",),
    "rating.final.change": ("rating.final", "first_view.locked"),
    "rating.final": ("rating.final",),
    "rating.first": ("first_view.locked",),
    "rating.second.change": ("second_rating.others", "first_view.locked"),
    "rating.second": ("second_rating.others",),
    "packet.second_rater": ("second_rating.others",),
    "packet.panel": ("second_rating.others",),
    "packet.feedback.giver": ("feedback.text", "feedback.author"),
    "packet.feedback": ("feedback.text",),
    "packet.coverage": ("feedback.count", "feedback.author"),
    "packet.prior_gaps": ("decision.rationale",),
    "unanswered.self_review": ("self_review.submitted",),
    "unanswered.evidence": ("self_review.submitted",),
    "unanswered.feedback": ("feedback.count", "feedback.author"),
    "unanswered.first_view": ("first_view.locked",),
    "unanswered.rating": ("rating.final",),
    "unanswered.second_rating": ("second_rating.others",),
    "unanswered.gap": ("decision.rationale",),
}
"""For each place, by its beginning, the rows of the grid that must all be granted; the first that fits counts."""

OWN = (
    "packet.criteria.self_review",
    "packet.evidence.links",
    "packet.evidence.files",
    "packet.evidence",
    "packet.role_fit",
    "rating.final",
    "unanswered.self_review",
    "unanswered.evidence",
    "unanswered.rating",
)
"""What the candidate's own view may hold at all."""

OF_EARLIER_CASES = ("packet.prior_gaps", "unanswered.gap")


class _Birds:
    """Makes values of any dataclass of a packet; each text is a word of its own, whose place is kept."""

    def __init__(self) -> None:
        self.places: dict[str, str] = {}

    def packet(self) -> PacketContent:
        """Make a packet whose anchors and tags agree."""
        made: PacketContent = self.make(PacketContent, "packet")
        ratings = tuple(
            replace(
                self.make(Rating, f"rating.{kind}"), anchor=f"R{number}", kind=kind, cited=("E1",), is_withheld=False
            )
            for number, kind in enumerate(RatingKind, 1)
        )
        packet = replace(
            made,
            case=replace(made.case, sealed_at=SEALED_AT, time_zone="UTC"),
            criteria=(replace(made.criteria[0], id="c-1", evidence=("E1",), ratings=ratings),),
            evidence=(replace(made.evidence[0], anchor="E1", tags=(Tag("c-1"),)),),
            feedback=tuple(
                replace(one, anchor="F1", remarks=tuple(replace(item, criterion="c-1") for item in one.remarks))
                for one in made.feedback
            ),
            prior_gaps=tuple(replace(one, id="G1", answered_by=("E1",)) for one in made.prior_gaps),
            unanswered=tuple(Unanswered(kind, self.bird(f"unanswered.{kind}")) for kind in UnansweredKind),
            view="whole",
            format="packet/1",
        )
        written = write_packet(packet).decode()
        self.places = {bird: place for bird, place in self.places.items() if bird in written}
        return packet

    def bird(self, place: str) -> str:
        """Make a word that stands nowhere else."""
        name = f"bird{len(self.places) + 1000}"
        self.places[name] = place
        return name

    def make(self, kind: Any, place: str) -> Any:
        """Make a value of a type."""
        if get_origin(kind) in (Union, UnionType):
            kind = next(one for one in get_args(kind) if one is not type(None))
        if get_origin(kind) is tuple:
            return (self.make(get_args(kind)[0], place),)
        if kind is str:
            return self.bird(place)
        if is_dataclass(kind):
            hints = get_type_hints(kind)
            return kind(**{one.name: self.make(hints[one.name], f"{place}.{one.name}") for one in fields(kind)})  # type: ignore[operator]
        return _PLAIN[kind] if kind in _PLAIN else next(iter(kind))


_PLAIN: dict[Any, Any] = {
    int: 3,
    bool: False,
    date: date(2026, 11, 1),
    datetime: datetime(2026, 11, 1, 12, 0, tzinfo=UTC),
}
