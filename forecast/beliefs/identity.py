"""When two names or two addresses are the same, and what an id may be made of.

A copy of one report written ``Wire``, ``WIRE`` or with a character nobody sees would else count as
a confirmation; so lineages, events, sources and articles are compared by what a reader sees.

Ids stand in every kind of output (notes, anchors of a page, tables, messages), so none may hold
what any of them takes for markup. Names inside ``priors.yaml`` and scenarios are narrower still
(`forecast.beliefs.values.Name`).
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from forecast.beliefs.reports import Report

__all__ = [
    "ALLOWED",
    "ID_COLUMNS",
    "article_key",
    "copies",
    "id_fault",
    "identity",
    "near_twins",
    "row_fault",
    "spelling_of",
    "unified",
]


#: Addresses within addresses that are followed.
_DEEPEST: Final = 4
#: Hosts and paths under which Google serves copies of other sites' AMP pages.
_CACHE: Final = ".cdn.ampproject.org"
_VIEWER: Final = re.compile(r"^(?:www\.)?google\.[a-z.]{2,6}/amp/(?:s/)?(?P<inner>.+)$")
_CACHED: Final = re.compile(r"^/[a-z]/(?:s/)?(?P<inner>.+)$")
#: Archives and readers have the address of the page they show at the end of their own.
_ARCHIVE: Final = re.compile(
    r"(?:[\w-]+\.)*(?:archive\.(?:org|today|ph|is|li|md|vn|fo)|arquivo\.pt|12ft\.io|outline\.com)"
)
_WRAPPED: Final = re.compile(
    r"(?:.*/(?P<inner>https?:/.+)|/web/\d+[a-z_]*/(?P<bare>.+))", re.IGNORECASE
)
#: Hosts that lead to the address in their query, and what they call it.
_LEADING: Final = re.compile(
    r"^(?:(?:www|translate|news|scholar)\.google\.[a-z.]{2,6}|lm?\.facebook\.com|l\.instagram\.com|"
    r"webcache\.googleusercontent\.com)$"
)
_LED: Final = re.compile(r"(?:cache:(?:[\w-]+:)?)?(?P<inner>(?:https?:)?//.+)", re.IGNORECASE)
_TRANSLATED: Final = ".translate.goog"
_DEVICE: Final = re.compile(r"(?:www\d*|m|mobile|amp|touch)")
#: What a path has only because of how a page is served.
_SERVED: Final = re.compile(
    r"(?:^/amp(?=/)|/(?:amp|print)$|\.amp(?=\.html?$|$)|/(?:index|default)\.\w{3,5}$|"
    r";jsessionid=[\w.!-]*$)"
)
_TRACKING: Final = re.compile(
    r"utm_\w+|[a-z]*clid|msclkid|mc_[ce]id|_hs\w+|at_\w+|ns_\w+|cmp|cmpid|ref(?:err?er)?|ref_\w+|"
    r"source|src|ocid|ito|smid|share\w*|amp\w*|outputtype|output|igshid|spm|__twitter_\w+|wt\.mc_id|"
    r"mbid|_g[al]|gucc?e?_?\w+|xtor|mkt_tok|vero_\w+|_x_tr_\w+|trk|emc|partner|rss|(?:j|php)sessi\w+"
)
#: What a query says of how a page is shown, by name and value.
_SHOWN: Final = frozenset({("m", "0"), ("m", "1"), ("page", "all"), ("print", "1")})
_SCHEME: Final = re.compile(r"^(?:view-source:)?(?:[a-z][a-z0-9+.-]*:/?/|//)", re.IGNORECASE)
_HOST: Final = re.compile(r"^[^\s/?#@]+\.[^\s/?#@.]{2,}(?::\d+)?(?:[/?#]|$)")


@lru_cache(maxsize=1 << 16)  # rows of one article stand near each other
def article_key(address: str) -> str:
    """Key that all ways of writing the address of one article share; empty where it is no address.

    Scheme, ``www``, mobile and AMP hosts, case, order of the query, what tracks a reader, the
    fragment and a closing slash do not make another article; nor does an archive, a translation or
    a link that leads on. Another site does, even where it prints the same wire report: that cannot
    be told from an address.

    Examples
    --------
    >>> article_key("HTTPS://www.Example.org/news/1/?utm_source=x#top")
    'example.org/news/1'
    >>> article_key("example.org/a?b=2&a=1") == article_key("http://m.example.org/a?a=1&b=2")
    True
    >>> article_key("BBC Monitoring")
    ''
    """
    return _key(address, 0)


def _key(address: str, depth: int) -> str:
    text = "".join(c for c in unicodedata.normalize("NFKC", address) if _seen(c)).strip(" <>\"'")
    text = text.replace("\\", "/")
    if not (_SCHEME.match(text) or _HOST.match(text)):
        return ""
    try:
        parts = urlsplit(_SCHEME.sub("//", text, count=1) if _SCHEME.match(text) else f"//{text}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return text.casefold()
    if not host:
        return ""
    if depth < _DEEPEST and (inner := _led(host, parts.query)):
        return _key(inner, depth + 1)
    if depth < _DEEPEST and (inner := _inside(host, parts.path)):
        return _key(f"{inner}?{parts.query}" if parts.query else inner, depth + 1)
    host = _ascii(_without_device(host))
    path = re.sub(r"/{2,}", "/", unquote(parts.path).strip()).rstrip("/").casefold()
    path = posixpath.normpath(path) if "/." in path else path
    path = _SERVED.sub("", path).rstrip("/")
    query = sorted(
        (name.casefold(), value.casefold())
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.fullmatch(name.casefold())
        and (name.casefold(), value.casefold()) not in _SHOWN
    )
    shown = "&".join(f"{name}={value}" for name, value in query)
    page = parts.fragment.casefold() if parts.fragment[:1] in {"!", "/"} else ""
    end = "" if port in {None, 80, 443} else f":{port}"
    return f"{host}{end}{path}{'?' if shown else ''}{shown}{'#' if page else ''}{page}"


def _inside(host: str, path: str) -> str:
    """Address that a copy in an archive, an AMP cache or a viewer is of."""
    if _ARCHIVE.fullmatch(host) and (wrapped := _WRAPPED.fullmatch(path)):
        return str(wrapped["inner"] or wrapped["bare"])
    found = _VIEWER.match(f"{host}{path}")
    if found is None and host.endswith(_CACHE):
        found = _CACHED.match(path)
    return found["inner"] if found else ""


def _led(host: str, query: str) -> str:
    """Address that a link leads on to, where its host does nothing else."""
    if not _LEADING.match(host):
        return ""
    values = (value for _, value in parse_qsl(query))
    return next((found["inner"] for each in values if (found := _LED.fullmatch(each))), "")


def _without_device(host: str) -> str:
    """Leave out what a host has for phones, and write a translated one as it was."""
    if host.endswith(_TRANSLATED):
        name = host.removesuffix(_TRANSLATED).replace("--", "\0")
        host = name.replace("-", ".").replace("\0", "-")
    labels = host.split(".")
    kept = [each for each in labels[:-2] if not _DEVICE.fullmatch(each)]
    return ".".join((*kept, *labels[-2:]))


def _seen(sign: str) -> bool:
    return unicodedata.category(sign) not in {"Cf", "Cc"}


def _ascii(host: str) -> str:
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


#: Invisible though no control or format character: fillers, joiners and selectors of variants.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f"
    "\U000e0100-\U000e01ef]"
)
_UNSEEN_KINDS = frozenset({"Cf", "Cc", "Cs", "Co", "Cn"})
#: Hyphens and dashes, of which print and editors make one out of another.
_DASHES = re.compile("[-\u2010-\u2015\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d]+")

_CYRILLIC = (
    *(0x430, 0x435, 0x43E, 0x440, 0x441, 0x443, 0x445, 0x456, 0x458, 0x455, 0x501, 0x51B, 0x51D),
    *(0x43A, 0x43C, 0x43D, 0x442, 0x432),
)
_GREEK = (0x3B1, 0x3BF, 0x3C1, 0x3C5, 0x3BD, 0x3B9, 0x3BA, 0x3C4, 0x3C7)
#: Letters and digits that look like a Latin letter, Cyrillic and Greek ones first.
_LOOK_ALIKE = str.maketrans(
    {
        **dict(zip(map(chr, _CYRILLIC), "aeopcyxijsdqwkmhtb", strict=True)),
        **dict(zip(map(chr, _GREEK), "aopuviktx", strict=True)),
        "\u0131": "i",
        "\u0261": "g",
        "\u026a": "i",
        "0": "o",
        "1": "l",
    }
)
#: Letters that have no accent to take off, and German letters written out.
_PLAIN = str.maketrans(
    {"\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u00e6": "ae", "\u0153": "oe"}
)
_SPELT_OUT = str.maketrans({"\u00e4": "ae", "\u00f6": "oe", "\u00fc": "ue", "\u00e5": "aa"})
#: Words that a name may have or not.
_SMALL = frozenset(
    {"the", "a", "an", "of", "and", "for", "le", "la", "les", "der", "die", "das", "el", "il"}
)
#: Shorter names, and shorter words in them, differ by one letter in good faith.
_LONG, _LONG_WORD = 8, 4
_MANY = 10_000  # names whose forms are not held
_LONG_TITLE = 4  # words; shorter ones, such as "Statement", are given to many
_LETTERS = re.compile(r"[^\W\d_]+")


def identity(name: str) -> str:
    r"""Reduce a name to what makes it this name and no other.

    Unicode's compatible forms are one (NFKC), so are cases, dashes, and any stretch of white space;
    characters that cannot be seen do not count.

    Examples
    --------
    >>> identity("Le  Monde"), identity("w\u2060ire") == identity("WIRE")
    ('le monde', True)
    """
    if not (name.isascii() and name.isprintable()):
        return _identity(name)
    text = name.lower()
    if "--" in text:
        text = _DASHES.sub("-", text)
    return " ".join(text.split()) if " " in text else text


@lru_cache(maxsize=1 << 16)
def _identity(name: str) -> str:
    """Reduce a name of any letters and signs."""
    text = _UNSEEN.sub("", unicodedata.normalize("NFKC", name))
    # a control such as a newline parts words; what has no width parts nothing
    text = "".join(
        " " if c.isspace() else "" if unicodedata.category(c) in _UNSEEN_KINDS else c for c in text
    )
    text = unicodedata.normalize("NFKC", text.casefold().replace("i\u0307", "i"))
    return " ".join(_DASHES.sub("-", _UNSEEN.sub("", text)).split())


def spelling_of(name: str, names: Iterable[str]) -> str:
    """Return the spelling a name has among others, or the name as it is.

    Examples
    --------
    >>> spelling_of("wire", ["Monitors", "Wire"]), spelling_of("radio", ["Wire"])
    ('Wire', 'radio')
    """
    known = list(names)
    if name in known:
        return name
    wanted = identity(name)
    return next((each for each in known if identity(each) == wanted), name)


def unified(reports: Iterable[Report]) -> list[Report]:
    """Give the events and lineages of reports the spelling each had first.

    Parameters
    ----------
    reports : iterable of Report
        The first spelling is that of the first report; the ledger gives them by day, then id.
    """
    events: dict[str, str] = {}
    lineages: dict[str, str] = {}
    out = []
    for report in reports:
        event = events.setdefault(identity(report.event_id), report.event_id)
        lineage = lineages.setdefault(identity(report.lineage), report.lineage)
        same = event == report.event_id and lineage == report.lineage
        out.append(report if same else replace(report, event_id=event, lineage=lineage))
    return out


def near_twins(names: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Pair names that are not the same but may have been meant to be.

    Yields
    ------
    first, second : str
        In the order they come; a name is paired with the first it is like.
    why : str
    """
    known = list(dict.fromkeys(names))
    one_of_each = list({identity(name): name for name in reversed(known)}.values())[::-1]
    told: set[tuple[str, str]] = set()
    for why, forms in (
        ("letters that look alike", _skeletons),
        ("signs or blanks", _bare),
        ("accents", _without_accents),
        ("an article or the order of words", _words),
        ("one letter", _all_but_one),
    ):
        for pair in _sharing(one_of_each, forms):
            if pair not in told:
                told.add(pair)
                yield *pair, why
    for pair in _abbreviated(one_of_each):
        if pair not in told:
            yield *pair, "an abbreviation"


def copies(reports: Iterable[Report]) -> Iterator[tuple[Report, Report, str]]:
    """Pair reports of one event that cite one article under two lineages, and so count as two.

    Yields
    ------
    first, second : Report
        In the order they come.
    why : str
        Whether they share the address, or a title of some length at two addresses.
    """
    first: dict[int, Report] = {}  # by the hash of a key, which is shorter than the key
    for report in reports:
        for key in _articles(report):
            one = first.setdefault(hash(key), report)
            if identity(one.lineage) != identity(report.lineage) and key in _articles(one):
                yield one, report, key[1]
                break


def _articles(report: Report) -> list[tuple[str, str, str]]:
    """Say what a report cites of which event: an address, and a title of some length."""
    address, title = article_key(report.source_url), identity(report.source_title)
    if not address:
        return []
    event = identity(report.event_id)
    keys = [(event, "the article", address)]
    if len(title.split()) >= _LONG_TITLE:
        keys.append((event, "a title", "".join(c for c in title if c.isalnum())))
    return keys


def _skeletons(name: str) -> set[str]:
    return {identity(name).translate(_LOOK_ALIKE)}


def _bare(name: str) -> set[str]:
    return {"".join(c for c in identity(name) if c.isalnum())} - {""}


def _without_accents(name: str) -> set[str]:
    """Write a name in plain letters: as they are, and as German writes them out."""
    out = set()
    for spelt in (identity(name), identity(name).translate(_SPELT_OUT)):
        plain = unicodedata.normalize("NFKD", spelt.translate(_PLAIN))
        out.add("".join(c for c in plain if c.isalnum()))
    return out - {""}


def _words(name: str) -> set[str]:
    """Give the words of a name in the order of the alphabet, without the article it begins with.

    Numbers keep their order, so that 1 February is not 2 January.
    """
    words = re.findall(r"[^\W_]+", identity(name).replace("&", " and "))
    words = words[1:] if words and words[0] in _SMALL else words
    letters = sorted(word for word in words if word.isalpha())
    others = [word for word in words if not word.isalpha()]
    return {" ".join((*letters, *others))} if sum(map(len, letters)) >= _LONG_WORD else set()


def _abbreviated(names: list[str]) -> Iterator[tuple[str, str]]:
    """Pair a name in capitals with the names whose words begin with its letters."""
    initials: dict[str, str] = {}
    for name in names:
        words = re.findall(r"[^\W\d_]+", identity(name))
        for kept in (words, [word for word in words if word not in _SMALL]):
            if len(kept) > 1:
                initials.setdefault("".join(word[0] for word in kept), name)
    for name in names:
        other = initials.get(identity(name)) if name.isupper() and name.isalpha() else None
        if other is not None and len(name) > 1:
            first, second = sorted((name, other), key=names.index)
            yield first, second


def _all_but_one(name: str) -> set[str]:
    """Leave out each letter in turn; not digits, nor letters of short words, which count."""
    plain = f" {identity(name)} "
    if len(plain) < _LONG + 2:
        return set()
    words = (word for word in _LETTERS.finditer(plain) if len(word[0]) >= _LONG_WORD)
    places = [at for word in words for at in range(word.start(), word.end())]
    return {plain, *(plain[:at] + plain[at + 1 :] for at in places)}


def _alike(names: list[str], forms: Callable[[str], set[str]]) -> Iterator[str]:
    """Give the names of which a form may be that of another, without holding the forms."""
    import numpy as np

    told = np.fromiter((hash(form) for name in names for form in forms(name)), np.int64)
    told.sort()
    twice = set(told[1:][told[1:] == told[:-1]].tolist())
    return (name for name in names if not twice.isdisjoint(map(hash, forms(name))))


def _sharing(names: list[str], forms: Callable[[str], set[str]]) -> Iterator[tuple[str, str]]:
    """Pair each name with the first that has a form in common with it."""
    first: dict[str, str] = {}
    for name in names if len(names) < _MANY else _alike(names, forms):
        mine = forms(name)
        found = next((first[form] for form in mine if form in first), None)
        if found is not None:
            yield found, name
        first.update((form, name) for form in mine if form not in first)


#: Columns that hold ids, in every kind of file.
ID_COLUMNS = ("report_id", "announcement_id", "event_id", "lineage", "source_id", "indicator")

#: What a message says of an id that is refused.
ALLOWED = (
    "begin with a letter or digit; then letters, digits, single blanks and any of . _ : / - + , ' "
    "( ) @, at most 300"
)

_LONGEST = 300
#: Ids of plain letters, which is most of them; blanks and dots side by side are looked at below.
_PLAIN_ID = re.compile(r"[A-Za-z0-9](?:[ .]?[A-Za-z0-9_:/\-+,'()@])*\.?")
#: What stands for other characters in a pattern of ids.
_PATTERN = re.compile(r"[*?]|\[!?[^\[\]]*\]")
_SIGNS = frozenset("._:/-+,'\u2019()@ ")
#: No width and no effect on what stands around them; they tell no name from another.
_NO_WIDTH = re.compile("[\u00ad\u034f\u180b-\u180f\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]")


def row_fault(row: Mapping[str, object]) -> str:
    """Say which id of a row is wrong, and what is allowed; empty where none is."""
    for column in ID_COLUMNS:
        name = str(row.get(column) or "")
        if name and (fault := id_fault(name)):
            return f"{column}: {fault}; {ALLOWED}"
    return ""


def id_fault(name: str, *, pattern: bool = False) -> str:
    """Say what is wrong with an id, or a pattern of ids; empty where nothing is.

    Letters, marks and digits are those of any script, dashes those of any length; characters
    without width are looked over.

    Examples
    --------
    >>> id_fault("us-gov"), id_fault("E/2024:중앙통신"), id_fault("<img src=x>")
    ('', '', "'<img src=x>' is not an id: '<'")
    """
    if len(name) <= _LONGEST and _PLAIN_ID.fullmatch(name):
        return ""
    plain = _NO_WIDTH.sub("", name)
    if pattern:
        plain = _PATTERN.sub(lambda found: f"x{found[0].strip('*?[!]')}", plain)
    if not plain:
        return f"{name!a} is not an id: nothing to see"
    if len(name) > _LONGEST:
        return f"{name[:20]!a}... is not an id: {len(name)} characters"
    for at, letter in enumerate(plain):
        if not _allowed(letter, first=at == 0):
            return f"{_cut(name)} is not an id: {letter!a}"
    if plain != " ".join(plain.split()):
        return f"{_cut(name)} is not an id: a blank too many"
    return f"{_cut(name)} is not an id: '..'" if ".." in plain else ""


def _allowed(letter: str, *, first: bool) -> bool:
    kind = unicodedata.category(letter)
    if kind[0] in "LN":
        return True
    return not first and (kind[0] == "M" or kind == "Pd" or letter in _SIGNS)


def _cut(name: str) -> str:
    # as ASCII: what is refused may well be what a terminal should not be told
    shown = repr if name.isprintable() else ascii
    return shown(name) if len(name) <= 60 else f"{shown(name[:60])}..."
