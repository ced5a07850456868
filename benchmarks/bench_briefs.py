"""A full brief in every format, whole processes: python benchmarks/bench_briefs.py [PROJECT].

Needs a project in which `forecast run` has issued a forecast. The first round works out the watch
list, the causes of the changes and the charts of the issue, the second finds them remembered.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

MAIN = "from forecast.cli import main; main()"


def processor() -> float:
    """Seconds of processor that finished children took, on all cores."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(*arguments: object) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", MAIN, *map(str, arguments)], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    return time.perf_counter() - began


def one_round(project: Path, out: Path) -> float:
    took = {"md": timed("brief", "new", out / "b.md", "--project", project, "--force")}
    for ending in ("docx", "html", "pdf"):
        target = out / f"b.{ending}"
        took[ending] = timed("brief", "render", out / "b.md", target, "--project", project)
    for ending, seconds in took.items():
        size = (out / f"b.{ending}").stat().st_size / 1e6
        print(f"  {ending:6} {seconds:5.1f} s {size:5.2f} MB")
    return sum(took.values())


def main() -> None:
    project = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(project / ".forecast", copy / ".forecast",
                        ignore=shutil.ignore_patterns("analyses"))  # fmt: skip
        for name in ("priors.yaml", "events"):
            source = project / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / name)
        for name in ("the first time", "remembered"):
            print(f"a full brief, {name}:")
            before = processor()
            took = one_round(copy, Path(folder))
            print(f"  all    {took:5.1f} s, {processor() - before:.1f} s of processor")
        report = timed("report", Path(folder) / "r.html", "--project", copy)
        size = (Path(folder) / "r.html").stat().st_size / 1e6
        print(f"the report page: {report:.1f} s, {size:.2f} MB")
        checks = sum(timed("brief", "check", Path(folder) / f"b.{ending}", "--project", copy)
                     for ending in ("md", "docx", "html", "pdf"))  # fmt: skip
        print(f"four checks: {checks:.1f} s")


if __name__ == "__main__":
    main()
