"""Whether two addresses lead to one article, however they are written."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

__all__ = ["article_key"]

#: Hosts and paths under which Google serves copies of other sites' AMP pages.
_DEEPEST: Final = 4
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
