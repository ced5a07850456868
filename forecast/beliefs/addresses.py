"""Whether two addresses lead to one article, however they are written."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

__all__ = ["article_key"]

#: Hosts and paths under which Google serves copies of other sites' AMP pages.
_CACHE: Final = ".cdn.ampproject.org"
_VIEWER: Final = re.compile(r"^(?:www\.)?google\.[a-z.]{2,6}/amp/(?:s/)?(?P<inner>.+)$")
_CACHED: Final = re.compile(r"^/[a-z]/(?:s/)?(?P<inner>.+)$")
_DEVICE: Final = re.compile(r"^(?:www\d*|m|mobile|amp|touch)\.(?=[^.]+\.)")
#: What a path has only because of how a page is served.
_SERVED: Final = re.compile(
    r"(?:^/amp(?=/)|/amp$|\.amp(?=\.html?$|$)|/(?:index|default)\.\w{3,5}$)"
)
_TRACKING: Final = re.compile(
    r"utm_\w+|[a-z]*clid|msclkid|mc_[ce]id|_hs\w+|at_\w+|ns_\w+|cmp|cmpid|ref(?:err?er)?|ref_\w+|"
    r"source|src|ocid|ito|smid|share\w*|amp\w*|outputtype|output|igshid|spm"
)
_SCHEME: Final = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_HOST: Final = re.compile(r"^[^\s/?#@]+\.[^\s/?#@.]{2,}(?::\d+)?(?:[/?#]|$)")


@lru_cache(maxsize=1 << 16)  # rows of one article stand near each other
def article_key(address: str) -> str:
    """Key that all ways of writing the address of one article share; empty where it is no address.

    Scheme, ``www``, mobile and AMP hosts, case, order of the query, what tracks a reader, the
    fragment and a closing slash do not make another article. Another site does, even where it
    prints the same wire report: that cannot be told from an address.

    Examples
    --------
    >>> article_key("HTTPS://www.Example.org/news/1/?utm_source=x#top")
    'example.org/news/1'
    >>> article_key("example.org/a?b=2&a=1") == article_key("http://m.example.org/a?a=1&b=2")
    True
    >>> article_key("BBC Monitoring")
    ''
    """
    text = unicodedata.normalize("NFKC", address).strip()
    if not (_SCHEME.match(text) or _HOST.match(text)):
        return ""
    try:
        parts = urlsplit(_SCHEME.sub("//", text, count=1) if _SCHEME.match(text) else f"//{text}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return text.casefold()
    if not host:
        return ""
    if inner := _inside(host, parts.path):
        return article_key(f"{inner}?{parts.query}" if parts.query else inner)
    host = _DEVICE.sub("", _ascii(host))
    path = re.sub(r"/{2,}", "/", unquote(parts.path)).rstrip("/").casefold()
    path = _SERVED.sub("", path).rstrip("/")
    query = sorted(
        (name.casefold(), value.casefold())
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.fullmatch(name.casefold())
    )
    shown = "&".join(f"{name}={value}" for name, value in query)
    page = parts.fragment.casefold() if parts.fragment[:1] in {"!", "/"} else ""
    end = "" if port in {None, 80, 443} else f":{port}"
    return f"{host}{end}{path}{'?' if shown else ''}{shown}{'#' if page else ''}{page}"


def _inside(host: str, path: str) -> str:
    """Address that a copy in an AMP cache or viewer is of."""
    found = _VIEWER.match(f"{host}{path}")
    if found is None and host.endswith(_CACHE):
        found = _CACHED.match(path)
    return found["inner"] if found else ""


def _ascii(host: str) -> str:
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return host
