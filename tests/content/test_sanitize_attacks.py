"""Nothing that can run survives, in the eyes of parsers and by rules that are not ours."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cms_news.content.policy import DEFAULT_POLICY
from cms_news.content.sanitize import sanitize_html
from tests.content.html_judge import complaints, fragments

ENGINES = ["chain", "nh3", "bleach"]
POLICIES = {engine: replace(DEFAULT_POLICY, engine=engine) for engine in ENGINES}

PLAIN = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<script\n>alert(1)</script\t\n bar>",
    "<script/x>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script>alert(1)",
    "<script",
    "<<script>alert(1)//<</script>",
    "<script>//<!--<script>\nalert(1)</script></script>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<img src=x onerror\n=\nalert(1)>",
    "<img src=x ONERROR='alert(1)'",
    "<img src='x' onerror='alert(1)'<b>hello</b>",
    '<img src="x` `<script>alert(1)</script>"` `>',
    "<img src=`x` onerror=`alert(1)`>",
    '<img """><script>alert(1)</script>">',
    '<img src="x"onerror="alert(1)">',
    "<p =onclick=alert(1)>x",
    '<p "onclick=alert(1)>x',
    "<p/onclick=alert(1)/>x",
    "<p onclick=alert(1) onclick=alert(2)>x</p>",
    '<a href="https://a.example/" href="javascript:alert(1)">x</a>',
    '<a href="javascript:alert(1)" href="https://a.example/">x</a>',
    "<b onmouseover=alert(1)>x</b>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<video src=x onloadstart=alert(1) autoplay>",
    "<audio src=x onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<input autofocus onfocus=alert(1)>",
    "<input type=image src=x onerror=alert(1)>",
    "<input type=checkbox disabled form=x onclick=alert(1) name=cookie>",
    "<p contenteditable tabindex=1 autofocus onfocus=alert(1)>x</p>",
    "<xss style='animation-name:x' onanimationstart=alert(1)>",
    "<x onclick=alert(1)>x</x>",
    "<p onbeforescriptexecute=alert(1)>",
]

ADDRESSES = [
    "<a href=javascript:alert(1)>x</a>",
    "<a href=JaVaScRiPt:alert(1)>x</a>",
    "<a href='javascript:1'>x</a>",
    "<a href=' \x01javascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='java\0script:alert(1)'>x</a>",
    "<a href='jav&#x09;ascript:alert(1)'>x</a>",
    "<a href='jav&#x0A;ascript:alert(1)'>x</a>",
    "<a href='jav&#13;ascript:alert(1)'>x</a>",
    "<a href='jav&Tab;ascript&colon;alert(1)'>x</a>",
    "<a href='&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)'>x</a>",
    "<a href='&#0000106avascript:alert(1)'>x</a>",
    "<a href='&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;alert(1)'>x</a>",
    "<a href='javascript&#58alert(1)'>x</a>",
    "<a href='javascript&amp;colon;alert(1)'>x</a>",
    "<a href='&NewLine;javascript:alert(1)'>x</a>",
    "<a href='&nbsp;javascript:alert(1)'>x</a>",
    "<a href='&#14; javascript:alert(1)'>x</a>",
    "<a href='&ZeroWidthSpace;javascript:alert(1)'>x</a>",
    "<a href=javascript:alert(1)//https://a.example/>x</a>",
    "<a href='javascript://a.example/%0aalert(1)'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='livescript:alert(1)'>x</a>",
    "<a href='feed:javascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=='>x</a>",
    "<a href='data:,x'>x</a>",
    "<a href='blob:https://a.example/1'>x</a>",
    "<a href='\\javascript:alert(1)'>x</a>",
    "<a href=`javascript:alert(1)`>x</a>",
    '<a href="javascript:alert(1)>x</a>',
    "<a ping=javascript:alert(1) href=x>x</a>",
    "<a xlink:href=javascript:alert(1)>x</a>",
    "<a target=_blank href=https://evil.example/>x</a>",
    "<a target=top href=https://evil.example/>x</a>",
    "<a href='https://a.example/' rel=opener target=_blank>x</a>",
    "<area href=javascript:alert(1)>",
    "<map name=x><area shape=default href=javascript:alert(1)></map><img usemap=#x>",
    "<img src=javascript:alert(1)>",
    "<img src='data:image/svg+xml,<svg onload=alert(1)>'>",
    "<img src=data:image/png;base64,AAAA>",
    "<img lowsrc=javascript:alert(1) dynsrc=javascript:alert(1)>",
    "<img longdesc=javascript:alert(1)>",
    "<img srcset='javascript:alert(1)'>",
    "<img srcset='a.png 1x, javascript:alert(1) 2x'>",
    "<img srcset='a.png 1x,data:text/html,x 2x'>",
    "<img srcset=',javascript:alert(1),'>",
    "<img srcset='a.png 1x( , javascript:alert(1) 2x'>",
    "<img srcset='java\tscript:alert(1) 1x'>",
    "<img srcset='a.png 1x&#44;&#32;javascript&colon;alert(1)'>",
    "<source srcset=javascript:alert(1)>",
    "<video poster=javascript:alert(1)></video>",
    "<video src=data:video/mp4,x></video>",
    "<video><track src=javascript:alert(1)></video>",
    "<audio src=vbscript:x></audio>",
    "<blockquote cite=javascript:alert(1)>x</blockquote>",
    "<del cite=data:text/html,x>x</del>",
    "<table background=javascript:alert(1)><td background=javascript:alert(1)>x</table>",
    "<q cite='&#1;javascript:alert(1)'>x</q>",
]

FRAMES = [
    "<iframe src=https://evil.example/></iframe>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe src=data:text/html,x></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<iframe src=https://v.qq.com/x srcdoc='<script>alert(1)</script>'></iframe>",
    "<iframe src=https://v.qq.com.evil.example/></iframe>",
    "<iframe src=https://v.qq.com@evil.example/></iframe>",
    "<iframe src='https://evil.example\\@v.qq.com/'></iframe>",
    "<iframe src='https://v.qq.com:8443/'></iframe>",
    "<iframe src=//evil.example/https://v.qq.com/></iframe>",
    "<iframe src=https://v.qq.com/x onload=alert(1)></iframe>",
    "<iframe src=https://v.qq.com/x sandbox='allow-top-navigation allow-scripts' allow='camera'></iframe>",
    "<iframe src=https://v.qq.com/x><script>alert(1)</script><img src=x onerror=alert(1)></iframe>",
    "<iframe src=https://v.qq.com/x></iframe/><img src=x onerror=alert(1)></iframe>",
    "<iframe src=https://v.qq.com/x><p>unclosed",
    "<iframe><!--</iframe><img src=x onerror=alert(1)>--></iframe>",
    "<frameset><frame src=javascript:alert(1)></frameset>",
    "<object data=javascript:alert(1)></object>",
    "<object type=text/x-scriptlet data=//evil.example/x></object>",
    "<embed src=javascript:alert(1)>",
    "<embed code=//evil.example/x.swf allowscriptaccess=always>",
    "<applet code=x archive=//evil.example/x.jar></applet>",
    "<param name=src value=javascript:alert(1)>",
    "<portal src=//evil.example/></portal>",
]

PAGES = [
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<meta http-equiv=refresh content='0;url=data:text/html,x'>",
    "<meta charset=utf-7>+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "<meta http-equiv=content-type content='text/html;charset=utf-7'>",
    "<meta http-equiv=set-cookie content=a=b>",
    "<base href=javascript:alert(1)//>",
    "<base href=//evil.example/>",
    "<base target=_top>",
    "<link rel=stylesheet href=javascript:alert(1)>",
    "<link rel=import href=//evil.example/>",
    "<link rel=preload as=script href=//evil.example/>",
    "<html manifest=//evil.example/x><head><title></title></head><body onload=alert(1)>",
    "<!DOCTYPE html><script>alert(1)</script>",
    "<!DOCTYPE x [<!ENTITY y '<script>alert(1)</script>'>]>&y;",
    "<?xml version=1.0?><script>alert(1)</script>",
    "<?import namespace=t implementation='#default#time2'>",
    "<?php echo '<script>alert(1)</script>' ?>",
    "<% <script>alert(1)</script> %>",
    "<form action=javascript:alert(1)><input type=submit></form>",
    "<form><button formaction=javascript:alert(1)>x</button></form>",
    "<button form=x formaction=javascript:alert(1)>x</button>",
    "<isindex action=javascript:alert(1) type=image>",
    "<form id=x></form><button form=x formaction=data:text/html,x>x",
    "<textarea autofocus onfocus=alert(1)></textarea>",
    "<select onchange=alert(1)><option>x</select>",
    "<keygen autofocus onfocus=alert(1)>",
    "<dialog open onclose=alert(1)><form method=dialog><button>x</button></form></dialog>",
]

CLOBBERING = [
    "<img name=cookie><img name=getElementById>",
    "<a id=location href=https://evil.example/>x</a>",
    "<a id=x><a id=x name=y href=evil>x</a>",
    "<form id=document><input name=body></form>",
    "<p id=fn>x</p><p id=' fn-1'>x</p><p id='fn-1 x'>x</p>",
    "<p id=__proto__>x</p><p id=constructor>x</p>",
    "<p class='admin modal-backdrop'>x</p>",
    "<p is=x-element slot=y part=z>x</p>",
]

STYLES = [
    "<style>@import 'https://evil.example/x';</style>",
    "<style>body{background:url(javascript:alert(1))}</style>",
    "<style><img src=x onerror=alert(1)></style>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<p style='background-image:url(https://evil.example/x.png)'>x</p>",
    "<p style='background-color:u\\72l(x)'>x</p>",
    "<p style='width:expression(alert(1))'>x</p>",
    "<p style='width:exp/**/ression(alert(1))'>x</p>",
    "<p style='width:ex\\70ression(alert(1))'>x</p>",
    "<p style='width:&#101;xpression(alert(1))'>x</p>",
    "<p style='width:ｅｘｐｒｅｓｓｉｏｎ(alert(1))'>x</p>",
    "<p style='behavior:url(#default#time2)'>x</p>",
    "<p style='behaviour:url(x.htc)'>x</p>",
    "<p style='-moz-binding:url(//evil.example/x.xml#y)'>x</p>",
    "<p style='position:fixed;top:0;left:0;width:100%;height:100%;z-index:9999'>x</p>",
    "<p style='margin-top:-9999px'>x</p>",
    "<p style='color:red;}</style><script>alert(1)</script>'>x</p>",
    "<p style='color:red&quot;onmouseover=alert(1)&quot;'>x</p>",
    "<p style='--x:url(y);color:var(--x)'>x</p>",
    "<p style='color:red;@import url(x)'>x</p>",
    "<p style='font-family:\"x\";}*{background:url(y)'>x</p>",
    '<p style="font-family:\'&#92;22;}body{x:expression(y)">x</p>',
    "<p style='list-style:url(javascript:alert(1))'>x</p>",
    "<p style='list-style-type:image-set(\"x\" 1x)'>x</p>",
    "<p style='cursor:url(x),auto;content:\"x\"'>x</p>",
    "<p style='filter:progid:DXImageTransform.Microsoft.Alpha(x)'>x</p>",
    "<p style='color:red;<!--;--><script>'>x</p>",
    "<p style='width:calc(100% - url(x))'>x</p>",
    "<p style='color:\0red\0;width:10\0px'>x</p>",
    "<div style='xss:expr/*XSS*/ession(alert(1))'>x</div>",
    "<table style='background:URL(x)' background=x><tr><td style='COLOR:RED'>x</table>",
]

COMMENTS = [
    '<!--<img src="--><img src=x onerror=alert(1)//">',
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<!--[if true]><img onerror=alert(1) src=><![endif]-->",
    "<!--><script>alert(1)</script>-->",
    "<!---><script>alert(1)</script>-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<!--<!--<script>alert(1)</script>",
    "<! -- ><script>alert(1)</script>",
    "<!x><script>alert(1)</script>",
    "</ script><img src=x onerror=alert(1)>",
    "</><img src=x onerror=alert(1)>",
    "<//><img src=x onerror=alert(1)>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<![CDATA[><img src=x onerror=alert(1)>]]>",
    "<svg><![CDATA[</svg><img src=x onerror=alert(1)>]]></svg>",
    "<comment><img src='</comment><img src=x onerror=alert(1)//'></comment>",
    "<xml><i><b>x<![CDATA[<img src=x onerror=alert(1)>]]></b></i></xml>",
    "<xmp><img src=x onerror=alert(1)></xmp>",
    "<xmp></xmp x><img src=x onerror=alert(1)>",
    "<plaintext><img src=x onerror=alert(1)>",
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
]

MUTATIONS = [
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><script href=data:,alert(1) />",
    "<svg><a xlink:href=javascript:alert(1)><text y=9>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<svg><set attributeName=href to=javascript:alert(1)></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg onload=alert(1)/>#x'/>",
    "<svg><foreignObject><img src=x onerror=alert(1)></foreignObject></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg><style>&lt;img src=x onerror=alert(1)&gt;</style></svg>",
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "<svg><p><style><!--</style><img src=x onerror=alert(1)>--></style>",
    "<svg><desc><table><tr><td><svg><style><img title='</style><img src onerror=alert(1)>'>",
    "<svg><title><b><style></title><img src=x onerror=alert(1)></style>",
    "<svg><noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<math href=javascript:alert(1)>x</math>",
    "<math><maction actiontype=statusline xlink:href=javascript:alert(1)>x</maction></math>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<math><mtext><table><mglyph><style><math><img src=x onerror=alert(1)>",
    '<math><mtext><option><FAKEFAKE><option></option><mglyph><svg><mtext><style><a title="</style><img src onerror=alert(1)>">',
    "<math><annotation-xml encoding=text/html><style><img src=x onerror=alert(1)></style></annotation-xml></math>",
    "<math><mi><span><mi><style><img src='</style><img src=x onerror=alert(1)//'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<form><form><table><form><svg><style><img src onerror=alert(1)></style>",
    "<table><svg><style><td><img src=x onerror=alert(1)></style></svg></table>",
    "<table><td><math><mtext><table><style><!--</style><img src=x onerror=alert(1)>--></table>",
    "<table><math><tr><td><mi><style><img src=x onerror=alert(1)>",
    "<table><a href=javascript:alert(1)><tr><td>x</table>",
    "<table><script>alert(1)</script><tr><td><script>alert(1)</script></table>",
    "<table><caption><svg><style></caption><img src=x onerror=alert(1)></style></svg>",
    "<table><colgroup><template><img src=x onerror=alert(1)></template></colgroup></table>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<noscript><style></noscript><img src=x onerror=alert(1)></style>",
    "<noscript><!--</noscript><img src=x onerror=alert(1)>--></noscript>",
    "<noembed><p title='</noembed><img src=x onerror=alert(1)>'></noembed>",
    "<noframes><p title='</noframes><img src=x onerror=alert(1)>'></noframes>",
    "<title><p title='</title><img src=x onerror=alert(1)>'></title>",
    "<textarea><p title='</textarea><img src=x onerror=alert(1)>'></textarea>",
    "<textarea>&lt;/textarea&gt;&lt;img src=x onerror=alert(1)&gt;</textarea>",
    "<style><p title='</style><img src=x onerror=alert(1)>'></style>",
    "<script><p title='</script><img src=x onerror=alert(1)>'></script>",
    "<iframe><p title='</iframe><img src=x onerror=alert(1)>'></iframe>",
    "<template><script>alert(1)</script></template>",
    "<template><template></template><img src=x onerror=alert(1)></template>",
    "<div><template shadowrootmode=open><img src=x onerror=alert(1)></template></div>",
    "<select><template><style><!--</style><a rel='--></style></template></select><img src=x onerror=alert(1)>'>",
    "<select><style><option title='</style><img src=x onerror=alert(1)>'></select>",
    "<select><iframe></select><img src=x onerror=alert(1)></iframe>",
    "<select><svg><style></select><img src=x onerror=alert(1)></style>",
    "<option><style></option></select><b><img src=xx:x onerror=alert(1)></style></option>",
    "<p id='</p><img src=x onerror=alert(1)>'>x",
    "<p title='--><img src=x onerror=alert(1)>'>x",
    "<p title='</style></script></iframe></textarea><img src=x onerror=alert(1)>'>x",
    "<img alt='<x' title='/><img src=x onerror=alert(1)>'>",
    "<img alt='``onerror=alert(1)'>",
    '<p title="&quot; onmouseover=&quot;alert(1)">x</p>',
    '<b title="\'><img src=x onerror=alert(1)>">x</b>',
    "<a title=&lt;img/src=x/onerror=alert(1)&gt;>x</a>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60script&#62alert(1)&#60/script&#62",
    "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
    "<ſcript>alert(1)</ſcript>",
    "<linK rel=stylesheet href=x>",
    "<img\u00a0src=x\u00a0onerror=alert(1)>",
    "<img\x0csrc=x\x0conerror=alert(1)>",
    "<img\x0bsrc=x\x0bonerror=alert(1)>",
    "<sc\0ript>alert(1)</sc\0ript>",
    "<\0script>alert(1)</script>",
    "<img src=x on\0error=alert(1)>",
    "<scr\x7fipt>alert(1)</scr\x7fipt>",
    "<scr\ufdd0ipt>alert(1)</scr\u206aipt>",
    "\u206bscript\u206calert(1)\u206b/script\u206c",
    "<p title='\u206d onclick=alert(1) x=\u206d'>x</p>",
    "<a href='java\u206ascript:alert(1)'>x</a>",
    "<sc\ud800ript>alert(1)</sc\udfffript>",
    "\x1b$B<script>alert(1)</script>\x1b(B",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "¼script¾alert(1)¼/script¾",
    "<a><b></a><table><a href=javascript:alert(1)><td></a></b></table>",
    "<pre>\n\n<script>alert(1)</script></pre>",
    "<ruby><rt><script>alert(1)</script><rp><svg/onload=alert(1)>",
    "<image src=x onerror=alert(1)>",
    "<image xlink:href=javascript:alert(1)>",
    "<bgsound src=javascript:alert(1)>",
    "<layer src=//evil.example/></layer>",
    "<a href='https://a.example/\"onmouseover=alert(1)//'>x</a>",
    '<a href="https://a.example/\'onmouseover=alert(1)//">x</a>',
    "<a href=https://a.example/<script>alert(1)</script>>x</a>",
]

CORPUS = PLAIN + ADDRESSES + FRAMES + PAGES + CLOBBERING + STYLES + COMMENTS + MUTATIONS


def test_the_corpus_is_large_and_has_no_doubles():
    assert len(CORPUS) == len(set(CORPUS)) > 250


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("number", range(len(CORPUS)), ids=lambda number: CORPUS[number][:40])
def test_nothing_that_can_run_survives(number, engine):
    clean = sanitize_html(CORPUS[number], policy=POLICIES[engine])
    assert complaints(clean.html) == []
    assert sanitize_html(clean.html, policy=POLICIES[engine]).html == clean.html


@pytest.mark.parametrize("engine", ENGINES)
def test_attacks_do_not_help_each_other(engine):
    for attacks in (CORPUS, CORPUS[::-1], CORPUS[::2], CORPUS[1::3]):
        clean = sanitize_html(" ".join(attacks), policy=POLICIES[engine])
        assert complaints(clean.html) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_attacks_inside_of_ordinary_markup_stay_harmless(engine):
    frames = [
        "<table><tr><td>{}</td></tr></table>",
        "<ul><li>{}</ul>",
        "<a href=x>{}</a>",
        "<pre>{}</pre>",
    ]
    frames += [
        "<table>{}</table>",
        '<p title="{}">x</p>',
        "<svg>{}</svg>",
        "<math><mtext>{}",
        "<!--{}-->",
    ]
    for number, attack in enumerate(CORPUS):
        html = frames[number % len(frames)].replace("{}", attack)
        assert complaints(sanitize_html(html, policy=POLICIES[engine]).html) == []


@pytest.mark.parametrize("engine", ENGINES)
@given(html=fragments)
@example(html="<table><p>x<td><a href=javascript:1></table>")
@settings(deadline=None, max_examples=120)
def test_nothing_that_can_run_survives_whatever_is_put_together(html, engine):
    assert complaints(sanitize_html(html, policy=POLICIES[engine]).html) == []


@given(attacks=st.lists(st.sampled_from(CORPUS), min_size=2, max_size=5), cut=st.integers(1, 30))
@settings(deadline=None, max_examples=150)
def test_attacks_cut_and_pasted_stay_harmless(attacks, cut):
    html = "".join(attack[: len(attack) - cut % len(attack)] for attack in attacks)
    assert complaints(sanitize_html(html).html) == []


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='java\tscript:alert(1)'>x</a>",
        "<a href='\x01javascript:alert(1)'>x</a>",
        "<img srcset='a 1x, javascript:b 2x'>",
        "<video poster=data:text/html,x></video>",
        "<iframe src=https://evil.example/ sandbox></iframe>",
        "<iframe src=https://v.qq.com/></iframe>",
        "<p style='position:fixed'>x</p>",
        "<p style='color:url(x)'>x</p>",
        "<svg></svg>",
        "<math></math>",
        "<input type=text disabled>",
        "<input type=checkbox>",
        "<p id=cookie>x</p>",
        "<img name=cookie>",
        "<a target=_blank href=https://evil.example/>x</a>",
        "<!-- x -->",
        "a\x01b",
        "<form></form>",
    ],
)
def test_the_judge_sees_what_is_wrong(html):
    assert complaints(html)


def test_the_judge_is_content_with_ordinary_news():
    html = (
        '<h2>标题</h2><p style="text-align: center;">a <a href="mailto:a@b.example">x</a> &lt;script&gt;</p>'
        '<table><tbody><tr><td>1</td></tr></tbody></table><img src="/a.jpg" srcset="/a.jpg 1x, /b.jpg 2x">'
    )
    assert complaints(html) == []
