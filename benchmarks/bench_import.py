"""Import rows of GDELT: python benchmarks/bench_import.py SAMPLE [ROWS] [--all].

SAMPLE is a file of true rows of GDELT 2.0. They are drawn with new ids, days and addresses (four
rows an article), a fifth of them between North Korea and Russia, and imported into the bundled
case by the mapping of the package; with --all by a mapping that wants every row.
"""

from __future__ import annotations

import datetime as dt
import random
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

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


def main() -> None:
    words = [word for word in sys.argv[1:] if word != "--all"]
    rows = int(words[1]) if len(words) > 1 else 1_000_000
    with TemporaryDirectory() as folder:
        project = Path(folder)
        shutil.copy(ROOT / "priors.yaml", project)
        synthesise(Path(words[0]), rows, project / "rows.csv")
        command = [sys.executable, "-c", MAIN, "events", "import", str(project / "rows.csv"),
                   "--format", "gdelt2", "--project", folder]  # fmt: skip
        if "--all" in sys.argv:
            (project / "every.yaml").write_text(EVERY, "utf-8")
            command += ["--mapping", str(project / "every.yaml")]
        began = time.perf_counter()
        subprocess.run(command, check=True)
        seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{rows:,} rows in {seconds:.1f} s, {rows / seconds:,.0f} a second, {peak:.0f} MiB peak")


if __name__ == "__main__":
    main()
