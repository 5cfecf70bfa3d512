"""What is left of a start tag under a policy."""

from typing import NamedTuple

from .attributes import Item, check_attribute, complete_attributes
from .escaping import escape_attribute
from .policy import Policy
from .tokens import StartTag, too_many_attributes


class Judged(NamedTuple):
    """A tag whose element is allowed, spelt plainly."""

    source: str
    kept: tuple[Item, ...]
    lost: tuple[Item, ...]


def judge_tag(tag: StartTag, *, policy: Policy) -> Judged | None:
    """Return what is left of the start tag of an allowed element; None if it can't be one.

    Raises HtmlLimitError where it has too many attributes.
    """
    passed: dict[str, str] = {}
    kept: list[Item] = []
    lost: list[Item] = []
    for name, text in tag.attributes.items():
        attribute = check_attribute(policy, tag.name, name, text)
        kept += attribute.kept
        lost += attribute.lost
        if attribute.value is not None:
            passed[name] = attribute.value
    complete = complete_attributes(tag.name, passed)
    if complete is None:
        return None
    if len(complete) > policy.max_attributes:
        raise too_many_attributes(tag.name, policy.max_attributes)
    written = "".join(f' {name}="{escape_attribute(text)}"' for name, text in complete.items())
    source = f"<{tag.name}{written}>"
    return Judged(source, (Item("element", tag.name, source), *kept), tuple(lost))
