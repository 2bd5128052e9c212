"""Where are the vectors that every implementation replays."""

import json
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]


def read(name):
    """Return a file of ``spec/``."""
    return json.loads((REPOSITORY / "spec" / name).read_text(encoding="utf-8"))
