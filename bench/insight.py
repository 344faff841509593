"""The figures of a cycle: published values as computed here, and what the page of a large cycle costs."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import numpy as np
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from bench.browsers import browse_as
from bench.scale_world import build_pattern, grow_pattern
from review import create_app
from review.domain.access import SYSTEM
from review.domain.coverage import measure_balance
from review.domain.statistics.agreement import (
    Metric,
    count_values,
    find_mean_squares,
    intraclass,
    krippendorff_alpha,
)
from review.domain.statistics.fairness import (
    Rate,
    compare,
    fisher,
    fisher_mid,
    impact_ratio,
    is_below_four_fifths,
    stratified_mid,
    stratified_statistic,
)
from review.domain.statistics.severity import Given, Spreads, find_components, fit
from review.extensions import db, make_engine
from review.models import Case, RoleGrant
from review.queries.told import TOLD
from review.services import audit

SHROUT_FLEISS = ((9, 2, 5, 8), (6, 1, 3, 2), (8, 4, 6, 8), (7, 1, 2, 6), (10, 5, 6, 9), (6, 2, 4, 7))
KRIPPENDORFF = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
SCALE = range(1, 6)
CASES, PEOPLE, LOOKS = 5_000, 100_000, 5


def measure_insight(folder: Path, *, is_quick: bool) -> dict[str, object]:
    """Return each published value as it is computed; in the full run what the page of a large cycle takes, too."""
    figures = {
        **_agreement(),
        **_severity(),
        **_fairness(),
        "balance_6_1_1_0": _round(measure_balance([6, 1, 1, 0]), 4),
    }
    return figures if is_quick else {**figures, **_page(folder)}


def _round(value: float | None, places: int) -> float | None:
    return None if value is None else round(value, places)


def _agreement() -> dict[str, object]:
    found = intraclass(find_mean_squares(np.array(SHROUT_FLEISS, dtype=np.float64)))
    icc = {f"icc_{name.replace(',', '_')}": round(value, 2) for name, value in found.items()}
    units = [[None if sign == "." else int(sign) for sign in column] for column in zip(*KRIPPENDORFF, strict=True)]
    counts = count_values(units, SCALE)
    return {**icc, **{f"alpha_{each}": round(krippendorff_alpha(counts, SCALE, each), 3) for each in Metric}}


def _severity() -> dict[str, object]:
    person, judge, noise = find_components(find_mean_squares(np.array(SHROUT_FLEISS, dtype=np.float64)))
    given = [Given(row, column, float(SHROUT_FLEISS[row][column])) for row in range(6) for column in range(4)]
    effects = fit(given, dict.fromkeys(range(6), 0), {Spreads(judge, 0.0, person, noise): 1.0})
    spreads = {"variance_person": person, "variance_judge": judge, "variance_noise": noise}
    judges = {f"judge_{rater + 1}": effect.mean for rater, effect in effects.items()}
    return {name: round(value, 4) for name, value in {**judges, **spreads}.items()}


def _fairness() -> dict[str, object]:
    best, groups = Rate(60, 100), (Rate(45, 100), Rate(48, 100), Rate(51, 100))
    clear, small = (Rate(12, 40), Rate(48, 80)), (Rate(1, 10), Rate(3, 20))
    levels = [(Rate(8, 10), Rate(16, 20)), (Rate(4, 20), Rate(2, 10))]
    compared = compare(*clear, [clear])
    return {
        **{f"ratio_{each.hits}_60_pct": round(100 * impact_ratio(each, best)) for each in groups},
        **{f"below_{each.hits}_60": is_below_four_fifths(each, best) for each in groups},
        "ratio_12_40_48_80_pct": round(100 * impact_ratio(*clear)),
        "fisher_12_40_48_80": round(fisher(*clear), 5),
        "signal_12_40_48_80": bool(compared and compared.is_signal),
        "ratio_1_10_3_20_pct": round(100 * impact_ratio(*small), 1),
        "mid_p_1_10_3_20": round(fisher_mid(*small), 3),
        "levels_total_ratio": round(impact_ratio(Rate(12, 30), Rate(18, 30)), 2),
        "levels_cmh": stratified_statistic(levels),
        "levels_mid_p": _round(stratified_mid(levels), 3),
    }


def _page(folder: Path) -> dict[str, object]:
    """Measure the page of the cycle with most cases: while nothing has happened, and each time after something has."""
    settings = build_pattern(folder)
    grow_pattern(settings, PEOPLE, CASES)
    engine = make_engine(settings)
    with Session(engine) as session:
        count = sa.func.count()
        largest = sa.select(Case.cycle_id, count).group_by(Case.cycle_id).order_by(count.desc()).limit(1)
        cycle, cases = session.execute(largest).one()
        told = session.scalar(sa.select(count).where(Case.cycle_id == cycle, Case.phase.in_(TOLD)))
        hr = session.scalars(sa.select(RoleGrant.person_id).where(RoleGrant.role == "hr")).first() or 0
    engine.dispose()
    app = create_app(settings)
    with app.app_context():
        headers = browse_as(app, db.session(), hr)
    client, path = app.test_client(use_cookies=False), f"/cycles/{cycle}/insight?by=country"
    _look(client, path, headers)  # numpy is loaded, statements are compiled
    kept = [_look(client, path, headers) for _ in range(LOOKS)]
    anew = []
    for _ in range(LOOKS):
        with app.app_context():
            audit.record(db.session(), "demo.grow", actor=SYSTEM, now=datetime.now(UTC))
            db.session.commit()
        anew.append(_look(client, path, headers))
    with app.app_context():
        db.engine.dispose()
    figures = {"page": kept, "page_after_news": anew}
    return {
        "page_cases": cases,
        "page_announced": told,
        **{f"{name}_s": round(median(wall for wall, _ in looks), 3) for name, looks in figures.items()},
        **{f"{name}_cpu_s": round(median(cpu for _, cpu in looks), 3) for name, looks in figures.items()},
    }


def _look(client: FlaskClient, path: str, headers: dict[str, str]) -> tuple[float, float]:
    """Return the seconds and the processor's seconds that the page takes."""
    began, cpu = time.perf_counter(), time.process_time()
    answer = client.get(path, headers=headers)
    taken = time.perf_counter() - began, time.process_time() - cpu
    if answer.status_code != 200:
        raise RuntimeError(f"the page answers {answer.status}")
    return taken
