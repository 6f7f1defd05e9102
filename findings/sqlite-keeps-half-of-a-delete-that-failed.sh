#!/usr/bin/env bash
# SQLite keeps what a DELETE has done so far when its cascade goes too deep within a transaction, and COMMIT lets it stand.
#
# A statement that fails is said to leave nothing behind. Seen with SQLite 3.51.0 and 3.54.1 (apsw, Python 3.11), foreign
# keys on, a table whose rows refer to each other with ON DELETE CASCADE, a chain of 1,100 rows:
#   * outside of a transaction the DELETE of the first row fails ("too many levels of trigger recursion" in 3.51, "triggers
#     nested too deep" in 3.54), and all 1,100 rows are there afterwards;
#   * within BEGIN .. COMMIT it fails with the same error, and 1,001 rows are gone already;
#   * COMMIT succeeds then, although a row is left whose parent does not exist: `PRAGMA foreign_key_check` finds it;
#   * a chain of 900 rows is deleted without an error, and a savepoint around the DELETE takes the half of it back.
# Who goes on in a transaction after such an error needs a savepoint around the statement, or must roll back.
#
# Needs: python3 with venv. Installs apsw into a temporary folder.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
cat >"$folder/chain.py" <<'PYTHON'
import apsw

# The words of 3.51 and of 3.54
ERROR = {"3.51.0": "too many levels of trigger recursion", "3.54.1": "triggers nested too deep"}[apsw.sqlite_lib_version()]


def delete(rows, before, after_error):
    connection = apsw.Connection(":memory:")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(
        "CREATE TABLE node (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES node (id) ON DELETE CASCADE)"
    )
    connection.executemany("INSERT INTO node VALUES (?, ?)", [(n, n - 1 or None) for n in range(1, rows + 1)])
    for statement in before:
        connection.execute(statement)
    error = None
    try:
        connection.execute("DELETE FROM node WHERE id = 1")
    except apsw.SQLError as raised:
        error = str(raised)
        for statement in after_error:
            connection.execute(statement)
    if connection.in_transaction:
        connection.execute("COMMIT")
    left = connection.execute("SELECT count(*) FROM node").fetchone()[0]
    broken = len(connection.execute("PRAGMA foreign_key_check").fetchall())
    return error, left, broken


rows = [
    ("alone", 1100, [], [], (ERROR, 1100, 0)),
    ("in a transaction", 1100, ["BEGIN"], [], (ERROR, 99, 1)),
    ("in a transaction, 900 rows", 900, ["BEGIN"], [], (None, 0, 0)),
    ("with a savepoint", 1100, ["BEGIN", "SAVEPOINT s"], ["ROLLBACK TO s"], (ERROR, 1100, 0)),
]
print("SQLite", apsw.sqlite_lib_version(), "- error, rows left, references that lead nowhere")
changed = False
for name, count, before, after_error, expected in rows:
    seen = delete(count, before, after_error)
    print(f"  {name:28}{seen}")
    changed |= seen != expected
raise SystemExit("the behaviour has changed" if changed else 0)
PYTHON
for version in 3.51.0.0 3.54.1.0; do
    "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "apsw==$version"
    "$folder/venv/bin/python" "$folder/chain.py"
done
