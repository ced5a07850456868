"""The outline of a follow-on brief: a document of placeholders, ready to be filled and edited."""

from __future__ import annotations

import re
from importlib import resources

from forecast.briefs import sentences
from forecast.briefs.facts import Facts
from forecast.briefs.markdown import inline

__all__ = ["outline"]


def outline(facts: Facts) -> str:
    """Markdown of a follow-on brief in the structure of docs/briefs.md, with placeholders.

    Its figure is of the judgement that the bottom line is about.

    Parameters
    ----------
    facts : Facts
    """
    text = resources.files("forecast.briefs").joinpath("data/brief.md").read_text("utf-8")
    filling = {
        "TITLE": inline((facts.title,)),
        "HOUSE": inline((facts.house,)),
        "BRIEF_DATE": sentences.day(facts.brief_as_of),
    }
    return re.sub("|".join(filling), lambda found: filling[found[0]], text)
