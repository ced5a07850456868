"""One chart in a whole process, and the chart set: python benchmarks/bench_charts.py [PROJECT].

Needs a project in which `forecast run` has issued a forecast.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

MAIN = "from forecast.cli import main; main()"


def timed(*arguments: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", MAIN, "chart", *arguments], check=True,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    return time.perf_counter() - began


def asked(project: Path) -> tuple[str, str]:
    """The first node and the first question that something reaches."""
    from forecast.workflow.project import Project
    from forecast.workflow.recall import recall

    payload = recall(Project(project)).payload
    reaches = (q["question"] for q in payload["questions"] if q["mode"] == "reaches")
    return payload["judgements"][0]["node"], next(reaches)


def main() -> None:
    project = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    node, question = asked(project)
    kinds = [("trajectory", node), ("panel",), ("fan", node), ("first-passage", question),
             ("icons", question), ("heat",)]  # fmt: skip
    total = 0.0
    with TemporaryDirectory() as out:
        for kind in kinds:
            took = min(timed(*kind, "--project", str(project), "--out", out) for _ in range(3))
            total += took
            print(f"{kind[0]:14} {took:5.2f} s, whole process, svg and png")
    print(f"{'the whole set':14} {total:5.2f} s, one process a chart")


if __name__ == "__main__":
    main()
