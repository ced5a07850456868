"""Import rows of GDELT: python benchmarks/bench_import.py SAMPLE [ROWS] [--all] [--json|--xlsx].

SAMPLE is a file of true rows of GDELT 2.0. They are drawn with new ids, days and addresses (four
rows an article), a fifth of them between North Korea and Russia, and imported into the bundled
case by the mapping of the package; with --all by a mapping that wants every row. They are a file of
text, or JSON as an API answers, or a workbook.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from forecast.importers import FORMATS

MAIN = "from forecast.cli import main; main()"
ROOT = Path(__file__).parents[1]
EVERY = f"""
format: gdelt2
grade: C3
rules:
  - indicator: routine_contact
    codes: {[f"{root:02d}" for root in range(1, 21)]}
"""


def synthesise(sample: Path, rows: int, path: Path) -> None:
    """Write rows drawn from the sample, over 400 days."""
    draw = random.Random(1)
    true = [line.rstrip("\n").split("\t") for line in sample.open(encoding="utf-8")]
    first = dt.date(2023, 10, 1)
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows):
            row = list(draw.choice(true))
            day = f"{first + dt.timedelta(days=number * 400 // rows):%Y%m%d}"
            row[0], row[1], row[59] = str(10**9 + number), day, f"{day}000000"
            row[60] = f"https://example.org/{number // 4}"
            if draw.random() < 0.2:
                row[5] = row[7] = "PRK"
                row[15] = row[17] = "RUS"
            file.write("\t".join(row) + "\n")


def as_json(text: Path) -> Path:
    """Write the rows as the answer of an API."""
    path, names = text.with_suffix(".json"), FORMATS["gdelt2"].header
    with text.open(encoding="utf-8") as rows, path.open("w", encoding="utf-8") as file:
        file.write('{"success": true, "data": [')
        for number, row in enumerate(rows):
            cells = row.rstrip("\n").split("\t")
            file.write(("," if number else "") + json.dumps(dict(zip(names, cells, strict=True))))
        file.write("]}")
    return path


def as_xlsx(text: Path) -> Path:
    """Write the rows into a sheet, numbers as numbers."""
    from openpyxl import Workbook

    path, book = text.with_suffix(".xlsx"), Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(FORMATS["gdelt2"].header)
    with text.open(encoding="utf-8") as rows:
        for row in rows:
            cells = row.rstrip("\n").split("\t")
            sheet.append(
                [
                    int(cell) if cell.isdecimal() and cell[0] != "0" else cell or None
                    for cell in cells
                ]
            )
    book.save(path)
    return path


def main() -> None:
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    rows = int(words[1]) if len(words) > 1 else 1_000_000
    with TemporaryDirectory() as folder:
        project = Path(folder)
        shutil.copy(ROOT / "priors.yaml", project)
        path = project / "rows.csv"
        synthesise(Path(words[0]), rows, path)
        if "--json" in sys.argv:
            path = as_json(path)
        elif "--xlsx" in sys.argv:
            path = as_xlsx(path)
        size = path.stat().st_size / 1e6
        command = [sys.executable, "-c", MAIN, "events", "import", str(path),
                   "--format", "gdelt2", "--project", folder]  # fmt: skip
        if "--all" in sys.argv:
            (project / "every.yaml").write_text(EVERY, "utf-8")
            command += ["--mapping", str(project / "every.yaml")]
        began = time.perf_counter()
        subprocess.run(command, check=True)
        seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    work, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    print(
        f"{rows:,} rows, {size:.0f} MB, in {seconds:.1f} s ({work:.1f} s of a core), "
        f"{rows / work:,.0f} a second, {peak:.0f} MiB peak"
    )


if __name__ == "__main__":
    main()
