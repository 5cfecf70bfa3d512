"""The OpenAPI document of the read API: drf-spectacular's generator, with nothing of the host's in it.

drf-spectacular lets a view have settings of its own by changing those of the whole process for a while, which another
thread may be reading or changing as well. So none of its settings has a say here, not even for a moment: what would
read them is overridden.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator
from drf_spectacular.plumbing import normalize_result_object
from rest_framework.views import APIView

from . import answers, parameters
from .operations import OPERATIONS, TAGS, Operation
from .shapes import ServedShapes, derived_shapes, refer

Schema = dict[str, Any]
VERSION = "1"
"""Of the contract: what is added to it leaves it as it is."""
TITLE = _("News API")
DESCRIPTION = _(
    "What a newsroom publishes: articles as cards and whole, and the categories, authors and tags that they are "
    "filed under. Everything is read; dates are RFC 3339 in UTC.\n\n"
    "HEAD and OPTIONS are answered wherever GET is; every other method is a 405 that names them in `Allow`. "
    "A parameter that is not listed, or is given twice, is a 400 that names what is known. An address that "
    "lacks its last slash is sent on to the one that has it. Drafts and what is scheduled, expired or thrown "
    "away are answered like what never was, with a 404.\n\n"
    "Answers carry an `ETag`: show it as `If-None-Match` the next time, and a 304 says that nothing has changed. "
    "To who sends cookies of a session or `Authorization` the same is told, with `private, no-store` and no `ETag`."
)


class _Endpoints(EndpointEnumerator):
    def should_include_endpoint(self, path: str, callback: Any) -> bool:
        """Include all: the views of the API hide from the host's own schema, not from theirs."""
        return True

    def get_api_endpoints(self, patterns: Any = None, prefix: str = "") -> list[Any]:
        found: list[Any] = self._get_api_endpoints(patterns, prefix)
        return found


class _Operations(ServedShapes):
    """Writes down the operation of one view."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> Schema:
        self.registry, self.path, self.path_regex, self.method = registry, path, path_regex, method
        described = OPERATIONS[path]
        operation: Schema = {"operationId": described.id, "summary": described.summary}
        if described.description:
            operation["description"] = described.description
        return {
            **operation,
            "tags": [described.tag],
            "parameters": self._parameters(described),
            "responses": self._responses(described),
        }

    def _parameters(self, described: Operation) -> list[Schema]:
        view: Any = self.view
        in_path = [name for name in ("id", "slug") if f"{{{name}}}" in self.path]
        return [
            *map(parameters.path_parameter, in_path),
            *parameters.query_parameters(view.parameters, members=described.members),
            *parameters.condition_parameters(is_dated=described.is_dated),
        ]

    def _responses(self, described: Operation) -> Schema:
        responses = {
            "200": self._found(described),
            "304": refer("NotModified", "responses"),
        }
        if described.may_move:
            responses["301"] = refer("Moved", "responses")
        for status in answers.problem_statuses():
            is_lookup = "{" in self.path
            if status != 405 and (is_lookup or status != 404):
                responses[str(status)] = answers.refer_to_problem(status)
        return dict(sorted(responses.items()))

    def _found(self, described: Operation) -> Schema:
        view: Any = self.view
        offered = tuple(renderer.media_type for renderer in view.renderer_classes)
        serializer = getattr(view, "serializer_class", None)
        own = self.shape_of(serializer) if serializer else {"type": "object"}
        named = [refer(name) for name in described.shapes]
        return answers.found(
            described.found,
            {"anyOf": named} if len(named) > 1 else (named or [own])[0],
            media_types=offered,
            headers=self._headers(described),
            examples={"typical": described.example} if described.example else None,
        )

    @staticmethod
    def _headers(described: Operation) -> tuple[str, ...]:
        dated = ("Last-Modified",) if described.is_dated else ()
        return ("Link", *dated) if described.is_list else dated


class _Generator(SchemaGenerator):
    endpoint_inspector_cls = _Endpoints

    def create_view(self, callback: Any, method: str, request: Any = None) -> APIView:
        view: Any = super().create_view(callback, method, request)
        view.schema = schema = _Operations()
        schema.view = view
        return view  # type: ignore[no-any-return]

    def parse(self, input_request: Any, public: bool) -> Schema:  # noqa: FBT001
        paths: Schema = {}
        self._initialise_endpoints()
        endpoints: Any = self.endpoints
        for path, regex, method, callback in endpoints:
            schema: Any = self.create_view(callback, method).schema
            operation = schema.get_operation(path, regex, "", method, self.registry)
            paths[path] = {method.lower(): operation}
        return paths

    def get_schema(self, request: Any = None, public: bool = False) -> Schema:  # noqa: FBT001, FBT002
        paths = self.parse(request, public)
        tags = [{"name": name, "description": text} for name, text in TAGS.items()]
        document: Schema = normalize_result_object(
            {
                "openapi": "3.1.0",
                "info": {"title": TITLE, "version": VERSION, "description": DESCRIPTION},
                "tags": tags,
                "paths": paths,
                "components": _complete(self.registry.build({})["schemas"]),
            }
        )
        return document


def _complete(schemas: Schema) -> Schema:
    """Return all components: the shapes of serializers, and what no view leads to."""
    return {
        "schemas": dict(sorted({**schemas, **derived_shapes(schemas)}.items())),
        "parameters": parameters.shared_parameters(),
        "headers": answers.shared_headers(),
        "responses": answers.shared_responses(),
    }


def describe_api(patterns: Sequence[Any], *, mount: str) -> Schema:
    """Return the OpenAPI document of the views behind `patterns`, in the language that is active.

    `mount` is the path that they are found below, without a slash at its end.
    """
    document = _Generator(patterns=list(patterns)).get_schema()
    head = {name: document.pop(name) for name in ("openapi", "info")}
    return {**head, "servers": [{"url": mount}], **document}
