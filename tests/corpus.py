"""Files of every shape that front matter has in the wild, invented: what an import must survive and give back."""

from collections.abc import Iterator

TITLES = (
    "title: Alpha",
    "title: 'Alpha'",
    'title: "Alpha"',
    'title: "It\'s Gamma"',
    "title: 'It''s Gamma'",
    'title: "a \\"b\\" c"',
    "title: Alpha:beta",
    "title: Alpha：beta",
    "title: Issue #12 of C# news",
    "title: 404",
    "title: 1.10",
    "title: 3.9.1",
    "title: 12:30",
    "title: No",
    "title: null",
    "title: ~",
    "title:",
    "title: 2020-01-01",
    "title:   Alpha   ",
    "title: Alpha # and a comment",
    "title: A &amp; B &lt;i&gt;",
    "title: 标题，「引号」",
    "title: 🎉 party",
    "title: 'Delta\n epsilon'",
    "title: >-\n  Alpha\n  beta",
    "title: |\n  Alpha",
    '"title": Alpha',
    "title : Alpha",
    "Title: Alpha",
)
LINES = (
    "date: Thu, 09 Dec 2021 18:14:00 GMT",
    "date: 2022-09-04 09:08:58",
    "date: 2022-09-04",
    "date: 2022-09-04 09:08",
    "date: 2022-09-04 09:08:58 +0800",
    "date: 2022-09-04 09:08:58 +08:00",
    "date: 2022/09/04 09:08:58",
    "date: 2022-9-4 9:08:58",
    "date: 2022-09-04T09:08",
    "date: '2022-09-04'",
    "updated:",
    "updated: 2022-09-05T10:11Z",
    "lastmod: 2022-09-05",
    "abbrlink: 0123",
    "abbrlink: 4e10",
    "abbrlink: 3995512051",
    "abbrlink: 0x1f",
    "comments: off",
    'comments: "false"',
    "tags:\n\t- a\n\t- b",
    "type:\tarchives",
    "tags:\n - php\n - ",
    "tags: [2021, 1.0, yes]",
    "tags: a, b，c",
    "tags: [x, X, x]",
    "tags: []",
    "tags:",
    "tags: [C#, .NET, a/b, R&D]",
    "categories:\n - [A, B]\n - [C]",
    "categories:\n  - - A\n    - B\n  - - C",
    "categories: \n    - A\n    - B\n\nauthor: X - Y",
    "categories: A B",
    "category: A",
    "description: |\n  one\n  two",
    "description: >+\n  one\n\n  two\n\n",
    "author: {nick: me, link: 'https://me.example/'}",
    "authors: [a, b]",
    "authors:\n  - name: a\n    link: https://a.example/\n  - b",
    "cover: false",
    "top_img: /img/a.png",
    "thumbnail: ~",
    "excerpt: one",
    "excerpt:",
    "published: false",
    "draft: true",
    "hidden: true",
    "password: secret",
    "password:",
    "expires: 2001-01-01",
    "publishDate: 2099-01-01",
    "permalink: /a/b/",
    "lang: zh-CN",
    "layout: post",
    "markup: html",
    "slug: another-name",
    "extra:\n  x: {a: [1, 0x1f, ~]}\n  y: 'z'",
    "menu: {main: {weight: 10}}",
    "# only a comment",
    "",
    "UPPER: Case",
    "'quoted key': 1",
    "date: 2022-09-04 # written later",
)
TOML = (
    'title = "Alpha"',
    "title = 'Alpha'",
    'title = """Alpha"""',
    'title = "Alpha" # a comment',
    'title = "Alpha"\ndate = 2020-01-01\n[extra]\nx = 1',
    'title = "Alpha"\ndate = 2020-01-01T08:00:00Z\ntags = ["a", "b"]\n[taxonomies]\ntags = ["c"]',
    'title = "Alpha"\ndraft = true\n[[menu]]\nname = "x"\n[[menu]]\nname = "y"',
    'title = "Alpha"\nweight = 1_000\nratio = 1.10\nbig = 9_007_199_254_740_993',
    '"title" = "Alpha"\na.b.c = "d"',
)
JSON = (
    '"title": "Alpha"',
    '{"title": "Alpha"}',
    '{\n  "title": "Alpha",\n  "date": "2021-12-09",\n  "tags": ["a", "b"]\n}',
    '"title": "\\u6807\\u9898", "draft": true, "n": 1.10',
)
BODIES = (
    "",
    "\n",
    "\n\n",
    "Body.",
    "Body.\n",
    "\n  Body with spaces.  \n\n   ",
    "# Head\n\ntext\n\n---\n\nmore\n",
    "---\ntitle: B\n---\ntext\n",
    "-----\ntext\n",
    "one <!-- more -->two\n<!--more-->three\n",
    "```\n---\n{% raw %}<script>alert(1)</script>\n```\n",
    "{{ name }} {% asset_img 1.png %} [[x]] $$y$$ [^1]\n",
    "<div>\n<p>　　正文</p>\n<script>x()</script><iframe src='//x.example'></iframe></div>\n            ",
    "a\x08b\x1bc\x7f\x85d\u2028e\ufeff\n",
    "| a | b |\n|---|---|\n| 1 | 2 |\n",
    "lone \ufffd sign\n",
)
WHOLE = {
    "leading-newline": "\n---\ntitle: Alpha\n---\nbody",
    "fenceless": "title: Alpha\ndate: 2020-01-01\n---\nBody",
    "fenceless-rule": "# Head\ntext\n---\nmore",
    "no-head": "Just text",
    "dots": "---\ntitle: Alpha\n...\nBody",
    "spaced-fences": "---  \ntitle: Alpha\n--- \t\nBody",
    "long-fences": "-----\ntitle: Alpha\n-----\nBody",
    "body-at-once": "---\ntitle: Alpha\n---\nBody",
    "nothing-behind": "---\ntitle: Alpha\n---",
    "two-heads": "---\ntitle: Alpha\n---\n---\ntitle: B\n---\n",
    "empty-file": "",
    "blank-file": "\n \n\t\n",
    "empty-head": "---\n---\nBody",
    "comment-head": "---\n# nothing\n---\nBody",
    "list-head": "---\n- a\n- b\n---\nBody",
    "text-head": "---\njust text\n---\nBody",
    "flow-head": "---\n{title: Alpha, tags: [a]}\n---\nBody",
    "rule-only": "---\n",
    "semicolons": ';;;;\n"title": "Alpha"\n;;;;\nBody',
    "broken-json": ';;;\n{"title": }\n;;;\nBody',
    "mixed-ends": "---\r\ntitle: Alpha\ndate: 2020-01-01\r---\r\nBody\rx\n",
    "plain-html": "<p>Body</p>",
}
REFUSED = {
    "date-30-february": "---\ndate: 2022-02-30\n---\n",
    "date-month-13": "---\ndate: 2022-13-01 00:00:00\n---\n",
    "piled-quotes": '---\ntitle: """"\'Beta\'""""\n---\n',
    "inner-quotes": '---\ntitle: "a "b" c"\n---\n',
    "apostrophe": "---\nheadimg: 'https://x.example/o'k.png'\n---\n",
    "colon": "---\ntitle: Alpha: beta\n---\n",
    "at": "---\ntitle: @Value note\n---\n",
    "backtick": "---\ntitle: `ls` note\n---\n",
    "percent": "---\ntitle: %d note\n---\n",
    "star": "---\ntitle: *bold* note\n---\n",
    "bang": "---\ntitle: !important note\n---\n",
    "bracket": "---\ntitle: [Draft] note\n---\n",
    "braces": "---\ntitle: {{ name }}\n---\n",
    "twice": "---\ntitle: a\ntitle: b\n---\n",
    "glued": "---\ntitle:abc\n---\n",
    "python-tag": "---\ntitle: a\nx: !!python/object/apply:os.system ['true']\n---\n",
    "anchors": "---\ntitle: a\nx: &a [1]\ny: *a\n---\n",
    "control": "---\ntitle: a\x08b\n---\n",
    "unclosed": "---\ntitle: Alpha\nBody",
    "nul": "---\ntitle: a\n---\nb\0",
    "toml-error": "+++\ntitle = Alpha\n+++\n",
    "hidden-json": ';;;\n{"title": "a", "draft": true,}\n;;;\n',
}
ENDS = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}


def good_texts() -> Iterator[tuple[str, str]]:
    """Yield name and text of every file that must come in and go out again, before marks and line ends."""
    for number, title in enumerate(TITLES):
        yield f"title-{number}", f"---\n{title}\ndate: 2021-12-09\n---\nBody.\n"
    for number, line in enumerate(LINES):
        yield f"line-{number}", f"---\ntitle: Alpha\n{line}\n---\nBody.\n"
    for number, head in enumerate(TOML):
        yield f"toml-{number}", f"+++\n{head}\n+++\nBody.\n"
    for number, head in enumerate(JSON):
        yield f"json-{number}", f";;;\n{head}\n;;;\nBody.\n"
    for number, body in enumerate(BODIES):
        yield f"body-{number}", f"---\ntitle: 'Alpha'\ndate: 2021-12-09\n---\n{body}"
    yield from WHOLE.items()


def good_files() -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of every file that must come in and go out again."""
    for name, text in good_texts():
        for end, newline in ENDS.items():
            ended = text if end == "lf" else text.replace("\n", newline)
            yield f"{end}/{name}.md", ended.encode()
        yield f"marked/{name}.md", b"\xef\xbb\xbf" + text.encode()
        yield f"wide/{name}.html", ("\ufeff" + text).encode("utf-16-le")
    yield "wide/big-end.md", ("\ufeff" + "---\ntitle: 标题\n---\n正文").encode("utf-16-be")


def refused_files() -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of every file that must fail by itself."""
    for name, text in REFUSED.items():
        yield f"refused/{name}.md", text.encode()
    yield "refused/gbk.md", "---\ntitle: 标题\n---\n".encode("gbk")
    yield "refused/utf32.md", ("\ufeff---\ntitle: a\n---\n").encode("utf-32-le")
