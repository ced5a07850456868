"""The page of charts shows every kind that there is, with an image that is there."""

from __future__ import annotations

import re
from pathlib import Path

from forecast.publish.chart_kinds import KINDS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "charts.md").read_text("utf-8")
_ASKED_OF_OTHERS = {"sum", "all"}  # the bundled case asks for no sum; `all` is no kind


def test_every_kind_in_the_table_is_shown_with_its_command_under_it():
    kinds = set(re.findall(r"`forecast chart ([a-z-]+)", PAGE.partition("## One of every kind")[0]))
    shown = re.findall(r"!\[[^]]+\]\(images/[^)]+\)\n\n```bash\nforecast chart ([a-z-]+)", PAGE)
    assert kinds == {*KINDS, "all"}
    assert kinds - _ASKED_OF_OTHERS == set(shown)


def test_every_image_of_the_page_is_there_and_small():
    images = re.findall(r"\]\((images/[^)]+)\)", PAGE)
    assert images
    assert all((ROOT / "docs" / one).stat().st_size < 120_000 for one in images)
