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
    from forecast.issue.issued import recall
    from forecast.project.project import Project

    payload = recall(Project(project)).payload
    reaches = (q["question"] for q in payload["questions"] if q["mode"] == "reaches")
    return payload["judgements"][0]["node"], next(reaches)


def main() -> None:
    project = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    node, question = asked(project)
    kinds = [("trajectory", node), ("panel",), ("fan", node), ("comparison", node),
             ("scenarios", node), ("side-by-side", node), ("weights", node), ("tornado", node),
             ("first-passage", question), ("icons", question), ("network",), ("network", node),
             ("heat",)]  # fmt: skip
    where = "--project", str(project)
    with TemporaryDirectory() as out:
        first = timed("all", *where, "--out", out)
        print(f"{'the whole set':22} {first:6.2f} s, working out what was not remembered yet")
        again = min(timed("all", *where, "--out", out) for _ in range(3))
        print(f"{'the whole set':22} {again:6.2f} s, from memory, whole process")
        for kind in kinds:
            took = min(timed(*kind, *where, "--out", out) for _ in range(3))
            print(f"{' '.join(kind)[:22]:22} {took:6.2f} s, whole process, svg and png")


if __name__ == "__main__":
    main()
