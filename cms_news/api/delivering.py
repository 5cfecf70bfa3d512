"""From a question to its answer: the one place where state, conditions and caches meet the views."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.db import connections
from rest_framework.request import Request
from rest_framework.response import Response

from cms_news.delivery import response_cache
from cms_news.delivery.state import Moment, read_moment

from .conditional import (
    PRIVATE,
    Validators,
    describe_question,
    is_anonymous,
    lifetime_of,
    validators_of,
)
from .renderers import Spliced

MAX_REPEATS = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What is served."""

    json: str
    """The whole body, ready to be sent."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """What goes with it beyond what every answer has."""


Answering = Callable[[Moment], Answer]


def deliver(request: Request, answer: Answering) -> Response:
    """Return the response to `request`, whose content `answer` makes of the moment it is given.

    304 and what the response cache holds cost 1 query, the state; nothing else is read for them.
    """
    if not is_anonymous(request):
        _moment, found = _answer_at_one_moment(answer, read_moment())
        return _respond(found, {"Cache-Control": PRIVATE})
    question = describe_question(request)
    moment = read_moment()
    validators = validators_of(moment, question)
    if validators and validators.are_shown_by(request):
        return _not_modified(moment, validators)
    moment, found, validators = _find_answer(answer, moment, question, validators)
    if validators and validators.are_matched_by(request):
        return _not_modified(moment, validators)
    return _respond(found, _headers(moment, validators))


def _find_answer(
    answer: Answering, moment: Moment, question: str, validators: Validators | None
) -> tuple[Moment, Answer, Validators | None]:
    """Return the answer that is remembered under the generation of `moment`, or else a new one.

    With its moment, and its validators, which are those of `moment` unless that had to be a later one.
    """
    if validators is None:
        return *_answer_at_one_moment(answer, moment), None
    remembered = response_cache.recall(validators.key)
    if remembered:
        return moment, Answer(*remembered), validators
    with response_cache.one_at_a_time(validators.key):
        remembered = response_cache.recall(validators.key)
        if remembered:
            return moment, Answer(*remembered), validators
        later, found = _answer_at_one_moment(answer, moment)
        if later is not moment:
            validators = validators_of(later, question)
        if validators:
            response_cache.remember(validators.key, found.json, found.headers)
    return later, found, validators


def _answer_at_one_moment(answer: Answering, moment: Moment) -> tuple[Moment, Answer]:
    """Return an answer that is of one moment throughout, and that moment.

    One statement sees one state of the database. Where it took more, the state is read again, and the answer is
    made again if it has moved. Where it moves faster than that, the last answer is for this reader alone.
    """
    for _repeat in range(1 + MAX_REPEATS):
        counter = _Counter()
        with connections[moment.using].execute_wrapper(counter):
            found = answer(moment)
        if counter.statements <= 1:
            return moment, found
        later = read_moment(using=moment.using)
        if moment.is_as_good_as(later):
            return moment, found
        moment = later
    return moment.unsettled(), found


class _Counter:
    """Counts the statements that pass it."""

    def __init__(self) -> None:
        self.statements = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        self.statements += 1
        return execute(sql, params, many, context)


def _headers(moment: Moment, validators: Validators | None) -> dict[str, str]:
    return {
        "Cache-Control": lifetime_of(moment),
        **(validators.headers if validators else {}),
    }


def _not_modified(moment: Moment, validators: Validators) -> Response:
    return Response(status=HTTPStatus.NOT_MODIFIED, headers=_headers(moment, validators))


def _respond(found: Answer, headers: Mapping[str, str]) -> Response:
    return Response(Spliced(found.json), headers={**found.headers, **headers})
