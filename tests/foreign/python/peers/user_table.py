"""How does a site's user table come to be, and change?

    python peers/user_table.py FILE STATEMENT...

Runs the statements on an SQLite database, by Python's own module.
"""

import sqlite3
import sys

with sqlite3.connect(sys.argv[1], timeout=20) as database:
    for statement in sys.argv[2:]:
        database.execute(statement)
