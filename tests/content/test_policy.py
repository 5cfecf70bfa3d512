import copy
import json
import os
import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields, replace

import pytest

from cms_news.content.policy import DEFAULT_POLICY, NEVER_TAGS, Policy
from cms_news.errors import SettingError


def test_equal_policies_have_equal_hashes_and_fingerprints():
    other = Policy(tags=list(DEFAULT_POLICY.tags), embed_hosts=set(DEFAULT_POLICY.embed_hosts))
    assert other == DEFAULT_POLICY
    assert hash(other) == hash(DEFAULT_POLICY)
    assert other.fingerprint == DEFAULT_POLICY.fingerprint
    assert len(other.fingerprint) == 16
    assert int(other.fingerprint, 16) >= 0


CHANGES = {
    "tags": DEFAULT_POLICY.tags | {"font"},
    "attributes": {**DEFAULT_POLICY.attributes, "p": frozenset({"title"})},
    "css_properties": frozenset({"color"}),
    "url_schemes": frozenset({"https"}),
    "embed_hosts": frozenset({"player.example"}),
    "id_pattern": "fn-x",
    "class_pattern": "x",
    "max_chars": 5,
    "max_depth": 5,
    "max_attributes": 5,
    "max_ampersands": 5,
    "max_tags": 5,
    "engine": "nh3",
}


@pytest.mark.parametrize("name", [field.name for field in fields(Policy)])
def test_every_field_changes_the_fingerprint(name):
    changed = replace(DEFAULT_POLICY, **{name: CHANGES[name]})
    assert changed != DEFAULT_POLICY
    assert changed.fingerprint != DEFAULT_POLICY.fingerprint


def test_the_format_changes_the_fingerprint(monkeypatch):
    before = Policy(max_chars=4321).fingerprint
    monkeypatch.setattr("cms_news.content.policy.POLICY_FORMAT", 999)
    assert Policy(max_chars=4322).fingerprint != before
    assert Policy(max_chars=4321).as_dict()["format"] == 999


def test_the_fingerprint_is_the_same_in_every_process():
    code = "from cms_news.content.policy import DEFAULT_POLICY as p; print(p.fingerprint)"
    for seed in ("0", "1", "2"):
        result = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert result.stdout.strip() == DEFAULT_POLICY.fingerprint


def test_the_policy_is_published_as_json():
    published = DEFAULT_POLICY.as_dict()
    assert json.loads(json.dumps(published)) == published
    assert published["tags"] == sorted(DEFAULT_POLICY.tags)
    assert published["attributes"]["a"] == ["href", "hreflang", "rel", "target"]
    assert published["max_depth"] == 256


def test_a_policy_cannot_be_changed_behind_its_fingerprint():
    with pytest.raises(FrozenInstanceError):
        DEFAULT_POLICY.engine = "nh3"
    with pytest.raises(TypeError):
        DEFAULT_POLICY.attributes["p"] = frozenset({"onclick"})
    names = {"p": {"title"}}
    policy = Policy(attributes=names)
    names["p"].add("onclick")
    assert policy.attributes["p"] == {"title"}


def test_a_policy_can_be_copied_and_pickled():
    assert copy.deepcopy(DEFAULT_POLICY) == DEFAULT_POLICY
    assert pickle.loads(pickle.dumps(DEFAULT_POLICY)).fingerprint == DEFAULT_POLICY.fingerprint


@pytest.mark.parametrize(
    "tag",
    "svg math style script noscript template form button select textarea object embed base meta link "
    "title xmp plaintext noembed noframes frame frameset body html head".split(),
)
def test_no_policy_may_allow_what_runs_or_changes_the_parsing(tag):
    assert tag in NEVER_TAGS
    with pytest.raises(SettingError, match=tag):
        replace(DEFAULT_POLICY, tags=DEFAULT_POLICY.tags | {tag})


@pytest.mark.parametrize(
    "name",
    ["onclick", "srcdoc", "formaction", "xlink:href", "xmlns", "name", "http-equiv", "action"],
)
def test_no_policy_may_allow_attributes_that_run_or_shadow(name):
    with pytest.raises(SettingError, match=name):
        Policy(attributes={"*": frozenset({name})})


@pytest.mark.parametrize("scheme", ["javascript", "vbscript", "data", "file", "blob", "JavaScript"])
def test_no_policy_may_allow_schemes_that_run(scheme):
    with pytest.raises(SettingError, match=scheme):
        Policy(url_schemes=frozenset({"https", scheme}))


@pytest.mark.parametrize(
    "changes",
    [
        {"engine": "none"},
        {"tags": "p"},
        {"tags": [1]},
        {"attributes": {"p": "title"}},
        {"embed_hosts": ["https://player.example/"]},
        {"embed_hosts": ["*.example"]},
        {"max_chars": 0},
        {"max_depth": "deep"},
        {"max_tags": True},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_by_name(changes):
    with pytest.raises(SettingError):
        Policy(**changes)


def test_the_default_covers_news_and_nothing_that_runs():
    wanted = (
        "p h1 h6 ul ol li dl dt dd table caption thead tbody tfoot tr th td colgroup col figure figcaption "
        "picture source img a blockquote pre code ruby rt rp sub sup del ins mark abbr details summary time "
        "video audio track iframe input"
    )
    assert set(wanted.split()) <= DEFAULT_POLICY.tags
    assert not DEFAULT_POLICY.tags & NEVER_TAGS
    for tag, name in [
        ("td", "colspan"),
        ("th", "scope"),
        ("img", "srcset"),
        ("p", "style"),
        ("td", "rowspan"),
    ]:
        assert DEFAULT_POLICY.allows(tag, name)
    assert not DEFAULT_POLICY.allows("p", "href")
    assert not DEFAULT_POLICY.css_properties & {
        "position",
        "z-index",
        "opacity",
        "top",
        "inset",
        "content",
    }
