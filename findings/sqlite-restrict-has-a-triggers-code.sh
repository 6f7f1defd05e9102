#!/usr/bin/env bash
# SQLite reports `ON DELETE RESTRICT` with the extended code of a trigger, not of a foreign key.
#
# Seen with SQLite 3.51.0 (apsw 3.51.0.0, Python 3.11):
#   * a foreign key without an action, or with NO ACTION, fails with 787 SQLITE_CONSTRAINT_FOREIGNKEY;
#   * one with RESTRICT fails with 1811 SQLITE_CONSTRAINT_TRIGGER, on DELETE and on UPDATE, deferred or not;
#   * a trigger of the user that calls RAISE(ABORT, ..) fails with the same 1811.
# Only the text tells the two apart: "FOREIGN KEY constraint failed" against the user's own words.
# Who maps codes to answers must look at both, or calls a rule of the user a reference that is in the way.
#
# Needs: python3 with venv. Installs apsw into a temporary folder.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check apsw==3.51.0.0

"$folder/venv/bin/python" - <<'PYTHON'
import apsw

print("SQLite", apsw.sqlite_lib_version())


def failure(statements):
    connection = apsw.Connection(":memory:")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("CREATE TABLE shelf (id INTEGER PRIMARY KEY)")
    *before, last = statements
    for statement in before:
        connection.execute(statement)
    try:
        connection.execute(last)
    except apsw.ConstraintError as error:
        return error.extendedresult, str(error)
    return None


def book(action):
    return [
        f"CREATE TABLE book (shelf INTEGER REFERENCES shelf (id) {action})",
        "INSERT INTO shelf VALUES (1)",
        "INSERT INTO book VALUES (1)",
    ]


KEY, TRIGGER, WORDS = 787, 1811, "FOREIGN KEY constraint failed"
rows = [
    ("no action named", book("") + ["DELETE FROM shelf"], (KEY, WORDS)),
    ("NO ACTION", book("ON DELETE NO ACTION") + ["DELETE FROM shelf"], (KEY, WORDS)),
    ("RESTRICT", book("ON DELETE RESTRICT") + ["DELETE FROM shelf"], (TRIGGER, WORDS)),
    (
        "RESTRICT, deferred",
        book("ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED") + ["DELETE FROM shelf"],
        (TRIGGER, WORDS),
    ),
    ("ON UPDATE RESTRICT", book("ON UPDATE RESTRICT") + ["UPDATE shelf SET id = 2"], (TRIGGER, WORDS)),
    (
        "a trigger that raises",
        [
            "CREATE TRIGGER full BEFORE INSERT ON shelf BEGIN SELECT RAISE(ABORT, 'the room is full'); END",
            "INSERT INTO shelf VALUES (1)",
        ],
        (TRIGGER, "the room is full"),
    ),
]
changed = False
for name, statements, expected in rows:
    seen = failure(statements)
    print(f"{name:24}{seen}")
    changed |= seen != expected
raise SystemExit("the behaviour has changed" if changed else 0)
PYTHON
