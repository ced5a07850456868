"""Word documents: filled, renewed, and made from a text."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from forecast.briefs.markdown import Filled
from forecast.briefs.placeholders import evaluate
from forecast.briefs.regions import scan, unfilled
from forecast.briefs.sentences import stamp_line
from forecast.briefs.vocabulary import Vocabulary
from forecast.errors import DocumentError
from forecast.workflow.briefing.exports import Rendered, images
from forecast.workflow.briefing.texts import read_bytes, write_whole

__all__ = ["in_word", "require_regions", "text_to_word"]


def in_word(body: bytes, words: Vocabulary, *, name: str) -> tuple[bytes, Filled]:
    """Fill the placeholders of a Word document and renew its regions, in memory."""
    from forecast.briefs.word import fill_word

    return fill_word(
        body,
        partial(evaluate, vocabulary=words),
        name=name,
        facts=words.facts,
        stamp=stamp_line(words.facts.stamp),
    )


def require_regions(path: Path) -> None:
    """Refuse early what is no Word document, or is open elsewhere."""
    from forecast.briefs.word import stamp_text

    stamp_text(read_bytes(path), name=str(path))


def text_to_word(
    text: str, words: Vocabulary, target: Path, *, source: Path, house: Path | None
) -> Rendered:
    """Write a text as a Word document with regions that can be renewed there."""
    from forecast.briefs.word_template import as_word

    # the notes stand at the foot of their pages
    plain = unfilled(text, scan(text, name=str(source)), without="notes")
    styles = None if house is None else read_bytes(house)
    if styles is not None:
        in_word(styles, words, name=str(house))
    template = as_word(plain, image=images(Filled(), source, vector=False), house=styles)
    body, filled = in_word(template, words, name=str(source))
    if not filled.regions:
        raise DocumentError(f"{source}: asks for nothing; write placeholders into it")
    written = [write_whole(target, body)]
    return Rendered(written, words.facts.stamp, len(filled.regions), filled.changed)
