"""What HTML may be: the policy that the sanitiser enforces, and the default for news."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Literal, get_args

from cms_news.errors import SettingError, gettext_noop

Engine = Literal["chain", "nh3", "bleach"]

POLICY_FORMAT = 1
"""Raised whenever the same policy begins to mean another output; part of every fingerprint."""

NEVER_TAGS = frozenset(
    "applet base basefont bgsound body button datalist embed fieldset form frame frameset head html "
    "image isindex keygen link listing marquee math menuitem meta nextid noembed noframes noscript "
    "object optgroup option output param plaintext portal script select slot style svg template "
    "textarea title xmp".split()
)
"""Elements that run, load, submit or change how the rest of a page is parsed: no policy may allow them."""

_NEVER_ATTRIBUTES = re.compile(
    r"on.*|.*:.*|srcdoc|form.*|action|http-equiv|content|name|is|slot|part|ping|manifest|xmlns"
)
_NEVER_SCHEMES = frozenset(
    "about blob chrome data file filesystem javascript jar livescript mocha resource vbscript "
    "view-source".split()
)


_TEXT_TAGS = (
    "a abbr b bdi bdo big br cite code del dfn em i ins kbd mark q rp rt ruby s samp small span strike "
    "strong sub sup time tt u var wbr"
)
_BLOCK_TAGS = (
    "address article aside blockquote dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 "
    "header hr li main nav ol p pre section summary ul"
)
_TABLE_TAGS = "caption col colgroup table tbody td tfoot th thead tr"
_MEDIA_TAGS = "audio iframe img input picture source track video"

_ATTRIBUTES = {
    "*": "class dir id lang style title",
    "a": "href hreflang rel target",
    "audio": "controls loop muted preload src",
    "blockquote": "cite",
    "caption": "align",
    "col": "align span width",
    "colgroup": "align span width",
    "del": "cite datetime",
    "details": "open",
    "div": "align",
    "h1": "align",
    "h2": "align",
    "h3": "align",
    "h4": "align",
    "h5": "align",
    "h6": "align",
    "iframe": "allowfullscreen height loading referrerpolicy sandbox src width",
    "img": "align alt decoding height loading sizes src srcset width",
    "input": "checked disabled type",
    "ins": "cite datetime",
    "li": "value",
    "ol": "reversed start type",
    "p": "align",
    "q": "cite",
    "source": "height media sizes src srcset type width",
    "table": "align border cellpadding cellspacing summary width",
    "tbody": "align valign",
    "td": "abbr align colspan headers height rowspan scope valign width",
    "tfoot": "align valign",
    "th": "abbr align colspan headers height rowspan scope valign width",
    "thead": "align valign",
    "time": "datetime",
    "tr": "align valign",
    "track": "default kind label src srclang",
    "ul": "type",
    "video": "controls height loop muted playsinline poster preload src width",
}

_CSS_PROPERTIES = (
    "background-color border border-bottom border-bottom-color border-bottom-style border-bottom-width "
    "border-collapse border-color border-left border-left-color border-left-style border-left-width "
    "border-radius border-right border-right-color border-right-style border-right-width border-spacing "
    "border-style border-top border-top-color border-top-style border-top-width border-width "
    "caption-side clear color direction float font-family font-size font-style font-variant font-weight "
    "height letter-spacing line-height list-style-type margin margin-bottom margin-left margin-right "
    "margin-top max-height max-width min-height min-width overflow-wrap padding padding-bottom "
    "padding-left padding-right padding-top ruby-position table-layout text-align text-decoration "
    "text-decoration-line text-emphasis text-indent text-transform vertical-align "
    "white-space width word-break word-spacing word-wrap writing-mode"
)

_EMBED_HOSTS = (
    "player.bilibili.com player.vimeo.com player.youku.com v.qq.com www.youtube-nocookie.com "
    "www.youtube.com"
)

_ID_PATTERN = r"fn(?:ref)?-[\w\-]{1,64}"
"""What the footnotes of Markdown are called."""

_CLASS_PATTERN = (
    r"(?:language|lang)-[\w+#.\-]{1,32}|footnotes?|footnote-ref|task-list-item(?:-checkbox)?"
    r"|(?:text|align)-?(?:left|center|right|justify)"
)


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be left of HTML from strangers; equal policies have the same fingerprint.

    The defaults are made for news: text, pictures, tables, players of the listed hosts; nothing that
    runs, submits or covers the page. Any collection is taken for a set.
    Raises SettingError for elements, attributes or schemes that no policy may allow.
    """

    tags: frozenset[str] = frozenset(
        f"{_TEXT_TAGS} {_BLOCK_TAGS} {_TABLE_TAGS} {_MEDIA_TAGS}".split()
    )
    attributes: Mapping[str, frozenset[str]] = field(
        default_factory=lambda: {tag: frozenset(text.split()) for tag, text in _ATTRIBUTES.items()},
        hash=False,
    )
    """Attributes by element; those of "*" may stand on every element."""
    css_properties: frozenset[str] = frozenset(_CSS_PROPERTIES.split())
    url_schemes: frozenset[str] = frozenset({"http", "https", "mailto", "tel"})
    """Of links; pictures, sounds and films are confined to http and https in any case."""
    embed_hosts: frozenset[str] = frozenset(_EMBED_HOSTS.split())
    """Hosts that an iframe may show, each spelt out exactly."""
    id_pattern: str = _ID_PATTERN
    """Ids shadow the names of scripts on the page ("DOM clobbering"): keep them recognisable."""
    class_pattern: str = _CLASS_PATTERN
    """What a single class may be, whole."""
    max_chars: int = 1_000_000
    max_depth: int = 256
    max_attributes: int = 100
    """On one tag."""
    max_ampersands: int = 50_000
    max_tags: int = 15_000
    """Start and end tags, the missing ones included."""
    engine: Engine = "chain"

    def __post_init__(self) -> None:
        for name in ("tags", "css_properties", "url_schemes", "embed_hosts"):
            object.__setattr__(self, name, _set_of(name, getattr(self, name)))
        frozen = {tag: _set_of("attributes", names) for tag, names in self.attributes.items()}
        object.__setattr__(self, "attributes", MappingProxyType(frozen))
        _check_policy(self)

    def __reduce__(self) -> tuple[Any, ...]:
        values = [getattr(self, item.name) for item in fields(self)]
        return _rebuild, tuple(dict(v) if isinstance(v, MappingProxyType) else v for v in values)

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that change whenever the policy, or what it means, changes."""
        return _fingerprint(self)

    def as_dict(self) -> dict[str, Any]:
        """Return the policy as JSON can carry it, everything sorted."""
        values = {item.name: _plain(getattr(self, item.name)) for item in fields(self)}
        return {"format": POLICY_FORMAT, **values}

    def allows(self, tag: str, attribute: str) -> bool:
        """Return whether `attribute` may stand on `tag`, whatever its value."""
        return attribute in self.attributes.get(tag, ()) or attribute in self.attributes.get(
            "*", ()
        )


def _rebuild(*values: Any) -> Policy:
    return Policy(*values)


@lru_cache(maxsize=64)
def _fingerprint(policy: Policy) -> str:
    text = json.dumps(policy.as_dict(), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: sorted(value[key]) for key in sorted(value)}
    return sorted(value) if isinstance(value, frozenset) else value


def _check_policy(policy: Policy) -> None:
    _refuse(policy.tags & NEVER_TAGS, gettext_noop("no policy may allow the element {names}"))
    names = {name for allowed in policy.attributes.values() for name in allowed}
    _refuse(
        {name for name in names if _NEVER_ATTRIBUTES.fullmatch(name)},
        gettext_noop("no policy may allow the attribute {names}"),
    )
    _refuse(
        {scheme for scheme in policy.url_schemes if scheme.lower() in _NEVER_SCHEMES},
        gettext_noop("no policy may allow the URL scheme {names}"),
    )
    _refuse(
        {host for host in policy.embed_hosts if not re.fullmatch(r"[a-z0-9.\-]+(:\d+)?", host)},
        gettext_noop("{names} is not a host; write it as in player.example.com"),
    )
    for name in ("max_chars", "max_depth", "max_attributes", "max_ampersands", "max_tags"):
        if type(getattr(policy, name)) is not int or getattr(policy, name) < 1:
            raise SettingError(
                gettext_noop('policy: {name} must be a whole number above 0, not "{value}"'),
                name=name,
                value=str(getattr(policy, name))[:60],
            )
    if policy.engine not in get_args(Engine):
        raise SettingError(
            gettext_noop('"{value}" is not a sanitiser; write chain, nh3 or bleach'),
            value=policy.engine,
        )


def _set_of(field_name: str, values: Iterable[str]) -> frozenset[str]:
    if isinstance(values, str) or not all(isinstance(value, str) for value in values):
        raise SettingError(
            gettext_noop('policy: {name} must be a list of strings, not "{value}"'),
            name=field_name,
            value=str(values)[:60],
        )
    return frozenset(values)


def _refuse(found: set[str] | frozenset[str], template: str) -> None:
    if found:
        raise SettingError(template, names=", ".join(sorted(found)))


DEFAULT_POLICY = Policy()
