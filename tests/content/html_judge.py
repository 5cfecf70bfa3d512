"""A second opinion on sanitised HTML: html5lib, Python's own HTMLParser, rules written apart from ours."""

import re
import string
from html.parser import HTMLParser
from xml.etree.ElementTree import Comment, Element, SubElement

import html5lib
from hypothesis import strategies as st

SAFE_SCHEMES = {"http", "https", "mailto", "tel"}
SAFE_FRAMES = {
    "player.bilibili.com",
    "player.vimeo.com",
    "player.youku.com",
    "v.qq.com",
    "www.youtube-nocookie.com",
    "www.youtube.com",
}
HARMLESS_TAGS = set(
    "a abbr address article aside audio b bdi bdo big blockquote br caption cite code col colgroup dd del "
    "details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i iframe img input ins "
    "kbd li main mark nav ol p picture pre q rp rt ruby s samp section small source span strike strong sub "
    "summary sup table tbody td tfoot th thead time tr track tt u ul var video wbr".split()
)
URL_ATTRIBUTES = set(
    "action archive background cite classid codebase data dynsrc formaction href icon longdesc lowsrc "
    "manifest ping poster profile src usemap xlink:href".split()
)
RUNNING_CSS = re.compile(
    r"url|expression|javascript|vbscript|behaviou?r|binding|import|@|\\|/\*|--|position|z-index|[{}<>\"']",
    re.IGNORECASE,
)
NEVER_ATTRIBUTES = {"srcdoc", "name", "http-equiv", "content", "is", "slot", "form", "autofocus"}


def complaints(html):
    """Return what is wrong with `html`, as several parsers and contexts see it; empty if it is safe."""
    found = [f"control character {char!r}" for char in html if _is_control(char)]
    found += [
        f"tag {name!r} in the text"
        for name in re.findall(r"</?([a-zA-Z!?][^\s/>]*)", html)
        if name.lower() not in HARMLESS_TAGS
    ]
    for root in [] if found else _trees(html):
        for element in root.iter():
            found += _judge_element(element)
    return found


def depth_and_size(html):
    """Return how deep html5lib nests `html`, and how many elements it makes."""
    deepest = count = 0
    waiting = [(html5lib.parseFragment(html, namespaceHTMLElements=False), 0)]
    while waiting:
        element, depth = waiting.pop()
        deepest, count = max(deepest, depth), count + 1
        waiting += [(child, depth + 1) for child in element]
    return deepest, count - 1


def _is_control(char):
    return char not in "\t\n" and (
        char < " " or "\x7f" <= char <= "\x9f" or "\ud800" <= char <= "\udfff"
    )


def _trees(html):
    def parse(text):
        return html5lib.parseFragment(text, namespaceHTMLElements=True)

    tree = parse(html)
    yield tree
    # Written down and read again: mutation XSS wakes up on the second reading.
    yield parse(html5lib.serialize(tree, omit_optional_tags=False, quote_attr_values="always"))
    yield html5lib.parseFragment(html, container="td")
    yield html5lib.parse(f"<!doctype html><title>x</title><body><div>{html}</div>").find(
        "{http://www.w3.org/1999/xhtml}body"
    )
    yield _FlatReader().read(html)


class _FlatReader(HTMLParser):
    """Takes each tag by itself, as simple-minded readers do."""

    def read(self, html):
        self.root = Element("DOCUMENT_FRAGMENT")
        self.feed(html)
        self.close()
        return self.root

    def handle_starttag(self, tag, attrs):
        SubElement(self.root, tag, {name: value or "" for name, value in attrs})

    def handle_comment(self, data):
        self.root.append(Comment(data))

    handle_decl = handle_pi = unknown_decl = handle_comment


def _judge_element(element):
    if not isinstance(element.tag, str):
        return [f"comment or instruction {element.text!r}"]
    namespace, _, tag = element.tag.rpartition("}")
    if namespace not in ("", "{http://www.w3.org/1999/xhtml"):
        return [f"foreign element {element.tag}"]
    if tag not in HARMLESS_TAGS | {"DOCUMENT_FRAGMENT", "body"}:
        return [f"element {tag}"]
    found = []
    for name, value in element.attrib.items():
        found += [f"{tag} {name}={value!r}: {reason}" for reason in _judge_attribute(name, value)]
    if tag == "iframe":
        found += _judge_frame(element)
    if tag == "input" and (element.get("type") != "checkbox" or "disabled" not in element.attrib):
        found.append("input that can be used")
    if element.get("target") and "noopener" not in element.get("rel", ""):
        found.append("a new window that can steer the old one")
    return found


def _judge_frame(element):
    host = re.match(r"https://([^/?#]*)", element.get("src", ""))
    if not host or host[1] not in SAFE_FRAMES:
        yield f"frame of {element.get('src')!r}"
    if (element.text or "").strip() or len(element):
        yield "content in a frame"
    if "allow-top-navigation" in element.get("sandbox", "allow-top-navigation"):
        yield "a frame without sandbox"


def _judge_attribute(name, value):
    if name.startswith("on") or name in NEVER_ATTRIBUTES or ":" in name or "}" in name:
        yield "an attribute that never may be"
    if name in URL_ATTRIBUTES and not _is_safe(value):
        yield "unsafe address"
    if name in ("srcset", "imagesrcset"):
        yield from (f"unsafe {url!r}" for url in value.split() if not _is_safe(url.strip(",")))
    if name == "style" and RUNNING_CSS.search(value):
        yield "style that runs, loads or covers"
    if name == "id" and not re.fullmatch(r"fn(ref)?-.+", value):
        yield "id that could shadow a script's name"


def _is_safe(url):
    """Read the scheme as the URL standard says: trim, drop tabs and newlines, then up to the colon."""
    url = url.strip("".join(map(chr, range(0x21)))).translate({9: None, 10: None, 13: None})
    scheme = re.match(r"([a-zA-Z][a-zA-Z0-9+.\-]*):", url)
    return scheme is None or scheme[1].lower() in SAFE_SCHEMES


TAGS = (
    "a b i em u s code p div span li ul ol dl dd dt table tr td th tbody thead caption col colgroup h1 h2 "
    "pre ruby rt rp rb img br hr iframe video audio picture source details summary section figure "
    "blockquote input svg math style script template noscript select option textarea title form button "
    "object font center nobr xmp plaintext foreignObject mi mtext annotation-xml desc image body html head "
    "small strong big tt marquee del ins sub q time wbr track mark abbr base meta link embed frameset"
).split()
ATTRIBUTES = [
    "class='footnotes x'",
    "id=fn-1",
    "id=cookie name=body",
    "href='https://a.example/c'",
    "href=javascript:alert(1)",
    "href=' &#106;ava&Tab;script&colon;x'",
    "href='java\tscript:x'",
    "xlink:href=javascript:x",
    "style='color:red;position:fixed'",
    "style='background:url(x);color:#fff'",
    "style=\"font-family:'A B',c\"",
    "title='<p>&quot;'",
    "title='</iframe><img src onerror=x>'",
    "src=x",
    "src=data:text/html,x",
    "src=https://v.qq.com/x",
    "src=//evil.example/x",
    "srcset='a 1x, javascript:b 2x'",
    "poster=javascript:x",
    "type=checkbox disabled",
    "onclick=alert(1)",
    "onerror='alert(1)' a=",
    "formaction=javascript:x",
    "srcdoc='<script>x</script>'",
    "href='a?x&copy=1&amp;y'",
    "title=\xa0",
    "`onload=x",
    '"',
    "=",
    'x="',
    "y='",
]
PIECES = (
    "text| |\n|&amp;|&|&lt;|<|</|<!--|-->|--!>|<![CDATA[|]]>|<?x|<!x>|中文|\xa0|&nbsp;|\0|\r|\f|\ud800|&#0;|&#x80;|"
    "&#13;|'|\"|`|x=1>|/>|&notit;|\x1b|&#xD800;|&#12;|\ufeff|\u206a|\ufdd0|·|<\0script>|&#60;script&#62;|<!-->|"
    "<style>@import 'x'</style>|<script>alert(1)</script>|<svg/onload=x>|</p>|</br>|</table>|</select>"
).split("|")

_start_tags = st.builds(
    lambda name, attributes, end: f"<{' '.join([name, *attributes])}{end}",
    st.sampled_from(TAGS),
    st.lists(st.sampled_from(ATTRIBUTES), max_size=2),
    st.sampled_from([">", ">", ">", ">", "/>", "", " x"]),
)
_end_tags = st.sampled_from(TAGS).map("</{}>".format)
fragments = st.lists(
    _start_tags
    | _end_tags
    | st.sampled_from(PIECES)
    | st.text(max_size=6)
    | st.text("<>/!-&;\"'=` \n" + string.ascii_lowercase, max_size=8),
    max_size=25,
).map("".join)
"""Fragments of HTML as nasty as they come."""
