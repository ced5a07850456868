"""Invented rows in the documented columns of the formats, and a small project to import into."""

import csv
import json

from forecast.cli import main
from forecast.importers import FORMATS

MAPPING = """
format: gdelt2
grade: C3
lineage: article
most_days_late: 31
actors:
  north: [PRK]
  south: [RUS]
rules:
  - indicator: envoys_meet
    between: [north, south]
    codes: ["04"]
  - indicator: shelling_reported
    by: south
    to: north
    codes: ["19"]
"""
COUNTED = """
  shells:
    kind: count
    label: Shells
    description: Shells counted.
    points_at:
      - {node: ceasefire, state: broken, rarer: [2, 5]}
    per: 1 week
    mean: [1, 20]
    dispersion: [1, 10]
    source: Invented.
    rationale: Invented.
"""
COLUMNS = FORMATS["gdelt2"].header


def gdelt(number, one="PRK", two="RUS", code="042", day="20240304", **other):
    """Return a row of GDELT 2.0, tab-separated, without its end of line."""
    cells = dict.fromkeys(COLUMNS, "")
    cells |= {
        "GLOBALEVENTID": str(number),
        "SQLDATE": day,
        "Actor1Code": one,
        "Actor1CountryCode": one[:3],
        "Actor1Name": f"NAME OF {one}",
        "Actor2Code": two,
        "Actor2CountryCode": two[:3],
        "EventCode": code,
        "NumMentions": "10",
        "DATEADDED": f"{day}000000",
        "SOURCEURL": "https://example.org/a",
    }
    return "\t".join((cells | other).values())


def imported(capsys, *arguments, code=0):
    """Run the command with --json; give what it printed."""
    capsys.readouterr()
    ended = 0
    try:
        main(["events", "import", *map(str, arguments), "--json"])
    except SystemExit as leaving:
        ended = leaving.code
    told = capsys.readouterr()
    assert ended == code, told.err
    assert "Traceback" not in told.err
    return json.loads(told.out) if told.out else told.err


def reasons(found, group):
    """Return rows by reason."""
    return {each["reason"]: each["rows"] for each in found[group]}


def written(path):
    """Return the rows of a file of reports."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
