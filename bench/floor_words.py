"""What the bare pages say: the statements that read what a page of the product shows, and the plainest templates."""

from __future__ import annotations

HEAD = "<!doctype html><html lang=en><title>{{ title }}</title><body><h1>{{ title }}</h1>"
LIST = (
    HEAD
    + "<table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"
)
CASE = (
    HEAD
    + "<dl>{% for name, value in case.items() %}<dt>{{ name }}</dt><dd>{{ value }}</dd>{% endfor %}</dl>"
    + "{% for rows in parts %}<table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>"
    + "{% endfor %}</table>{% endfor %}"
)
FORM = (
    HEAD
    + "<p>{{ line.code }} {{ line.name }} {{ line.cycle }} {{ line.from_level_id }} {{ line.to_level_id }}</p>"
    + "<table>{% for row in lines %}<tr><td>{{ row.criterion_id }}<td>{{ row.value }}{% endfor %}</table>"
    + "{% for level in levels %}<h2>{{ level.name }}</h2><p>{{ level.summary }}</p>"
    + "<ul>{% for row in level.signals %}<li>{{ row.text }}{% endfor %}"
    + "{% for row in level.measures %}<li>{{ row }}{% endfor %}</ul>{% endfor %}"
    + "<form method=post><input type=hidden name=version value={{ line.version or 0 }}>"
    + "<select name=sentence>{% for row in levels[-1].signals %}<option value={{ row.id }}>{{ row.text }}{% endfor %}"
    + "</select><textarea name=justification>{{ line.justification or '' }}</textarea>"
    + "{% for value in range(6) %}<input type=radio name=value value={{ value }}>{% endfor %}"
    + "<button>Save</button></form>"
    + "{% for row in evidence %}<p>{{ row.title }}</p>{% endfor %}"
)
ROWS = (
    HEAD
    + "<p>{{ total }}</p>{% for rows in parts %}<table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}"
    "</td>{% endfor %}</tr>{% endfor %}</table>{% endfor %}<table>{% for id, code, name, function, start, to, state, "
    "places, manager, days, is_stalled, due, late, committee in rows %}<tr><td><a href=/cases/{{ id }}>{{ name }}</a>"
    "<td>{{ code }}<td>{{ function }}<td>{{ start }}<td>{{ to }}<td>{{ state }}<td>{{ days }}<td>{{ is_stalled }}"
    "<td>{{ places }} {{ manager }}<td>{{ due }}<td>{{ late }}<td>{{ committee }}{% endfor %}</table>"
)
CYCLE = (
    "SELECT c.code, c.name, c.state, d.name, d.on_day FROM cycle c JOIN cycle_date d ON d.cycle_id = c.id "
    "WHERE c.id = :cycle ORDER BY d.on_day"
)
STAGES = (
    'SELECT c.state, COUNT(*), SUM(CASE WHEN t.due_at < :now THEN 1 ELSE 0 END) FROM "case" c '
    "LEFT JOIN case_token t ON t.case_id = c.id AND t.region = 'main' WHERE c.cycle_id = :cycle GROUP BY c.state"
)
IS_STALLED = (
    "(c.closed_at IS NULL AND (COALESCE(t.due_at < :now, 1 = 0) OR COALESCE(c.moved_at, c.created_at) < :since))"
)
PLACES = "(SELECT {places} FROM case_token w WHERE w.case_id = c.id)"
TOKEN = "LEFT JOIN case_token t ON t.case_id = c.id AND t.region = 'main' "
ORDER = f"ORDER BY CASE WHEN {IS_STALLED} THEN 0 ELSE 1 END, t.due_at, c.code"
LINES = (
    f"SELECT c.id, c.code, p.name, p.function, c.from_level_id, c.to_level_id, c.state, {PLACES}, r.name, "
    f"t.entered_at, {IS_STALLED}, t.due_at, m.name "
    'FROM "case" c JOIN person p ON p.id = c.candidate_id LEFT JOIN person r ON r.id = c.manager_id '
    f"{TOKEN} LEFT JOIN committee m ON m.id = c.committee_id "
)
WHOLE = f"{LINES} WHERE c.cycle_id = :cycle {ORDER} LIMIT 1000"
HAS_WORDS = "(p.name || ' ' || p.title || ' ' || p.function LIKE :sought OR c.code LIKE :sought)"
PICK = f'SELECT c.id FROM "case" c {TOKEN} WHERE c.cycle_id = :cycle {ORDER} LIMIT 50'
CASES = f"{LINES} JOIN ({PICK}) k ON k.id = c.id {ORDER}"
SEARCHED = CASES.replace(
    f"{TOKEN} WHERE c.cycle_id = :cycle",
    f"JOIN person p ON p.id = c.candidate_id {TOKEN} WHERE c.cycle_id = :cycle AND {HAS_WORDS}",
)
FOUND = (
    f'SELECT COUNT(*) FROM "case" c JOIN person p ON p.id = c.candidate_id WHERE c.cycle_id = :cycle AND {HAS_WORDS}'
)
TABLE = (
    f"SELECT c.code, p.name, p.function, c.from_level_id, c.to_level_id, c.state, {PLACES}, r.name, t.entered_at, "
    f"{IS_STALLED}, t.due_at, m.name "
    'FROM "case" c JOIN person p ON p.id = c.candidate_id LEFT JOIN person r ON r.id = c.manager_id '
    "LEFT JOIN case_token t ON t.case_id = c.id AND t.region = 'main' LEFT JOIN committee m ON m.id = c.committee_id "
    "WHERE c.cycle_id = :cycle ORDER BY t.due_at, c.code"
)
COMMITTEES = (
    "SELECT c.code, p.name, c.to_level_id, m.name, (SELECT {out} FROM feedback f JOIN committee_member s "
    "ON s.person_id = f.giver_id AND s.committee_id = c.committee_id JOIN person w ON w.id = f.giver_id "
    'WHERE f.case_id = c.id) FROM "case" c JOIN person p ON p.id = c.candidate_id '
    "LEFT JOIN committee m ON m.id = c.committee_id WHERE c.cycle_id = :cycle ORDER BY c.code LIMIT 50"
)
LOADS = (
    'SELECT m.name, COUNT(c.id) FROM committee m LEFT JOIN "case" c ON c.committee_id = m.id '
    "WHERE m.cycle_id = :cycle GROUP BY m.id, m.name ORDER BY m.id"
)
SEATS = "SELECT m.name, p.name, s.role FROM committee m JOIN committee_member s ON s.committee_id = m.id "
SEATS += "JOIN person p ON p.id = s.person_id WHERE m.cycle_id = :cycle"
REQUESTS = (
    'SELECT f.id, c.code, p.name, g.name, f.function, f.kind, f.state, f.due_at FROM feedback f JOIN "case" c '
    "ON c.id = f.case_id JOIN person p ON p.id = c.candidate_id JOIN person g ON g.id = f.giver_id "
    "WHERE c.cycle_id = :cycle ORDER BY CASE WHEN f.state IN ('proposed', 'asked', 'writing') THEN 0 ELSE 1 END, "
    "f.due_at, f.id LIMIT 50"
)
REQUESTED = (
    "SELECT f.function, COUNT(*), SUM(CASE WHEN f.state IN ('proposed', 'asked', 'writing') AND f.due_at < :now "
    'THEN 1 ELSE 0 END) FROM feedback f JOIN "case" c ON c.id = f.case_id WHERE c.cycle_id = :cycle GROUP BY f.function'
)
ASKED = (
    'SELECT c.code, g.name, f.function, f.state, f.due_at FROM "case" c LEFT JOIN feedback f ON f.case_id = c.id '
    "LEFT JOIN person g ON g.id = f.giver_id WHERE c.id = :case"
)
TODO = (
    'SELECT c.id, c.code, p.name, t.state, t.due_at FROM "case" c JOIN person p ON p.id = c.candidate_id '
    "JOIN case_token t ON t.case_id = c.id AND t.region IN ('feedback', 'rating', 'second_rating') "
    "WHERE c.manager_id = :me ORDER BY t.due_at"
)
LINE = (
    "SELECT l.id, l.version, l.justification, l.value FROM rating_line l JOIN rating r ON r.id = l.rating_id "
    "WHERE r.case_id = :case AND l.criterion_id = :criterion"
)
ROUND = (
    "SELECT c.code, p.name, y.name AS cycle, y.ladder_version_id, c.from_level_id, c.to_level_id, l.criterion_id, "
    'l.value, l.version, l.justification FROM "case" c JOIN person p ON p.id = c.candidate_id '
    "JOIN cycle y ON y.id = c.cycle_id LEFT JOIN rating r ON r.case_id = c.id "
    "LEFT JOIN rating_line l ON l.rating_id = r.id WHERE c.id = :case"
)
LADDER = "SELECT source FROM ladder_version WHERE id = :ladder"
CANDIDATE = 'SELECT c.*, p.name FROM "case" c JOIN person p ON p.id = c.candidate_id WHERE c.id = :case'
PARTS = ("SELECT * FROM case_token WHERE case_id = :case", "SELECT * FROM feedback WHERE case_id = :case")
EVIDENCE = "SELECT title FROM evidence WHERE case_id = :case"
READER = (
    "SELECT p.id FROM sign_in s JOIN person p ON p.id = s.person_id WHERE s.token_hash = :hash AND s.ended_at IS NULL"
)
KNOWN = "SELECT id, password_hash FROM person WHERE email = :email"
REWRITE = (
    "UPDATE rating_line SET justification = :justification, value = :value, version = version + 1 "
    "WHERE id = :id AND version = :version"
)
TRAIL = "INSERT INTO floor_trail (at, who, what) VALUES (:at, :who, :what)"
