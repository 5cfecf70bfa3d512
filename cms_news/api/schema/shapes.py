"""The shapes of what is served: drf-spectacular reads them off the serializers, and here they become promises.

A serializer says what may be left out or blank when something is written. Nothing is written here: what a
serializer names is always there, and the limits and hints of its model are for editors.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from drf_spectacular.openapi import AutoSchema
from rest_framework.serializers import Serializer

from cms_news.api.problems import PARAMETER_CODES, PROBLEMS
from cms_news.delivery.members import BODY

from .members import describe_member, describe_shape

Schema = dict[str, Any]
NULL: Schema = {"type": "null"}


def refer(name: str, section: str = "schemas") -> Schema:
    """Return a reference to a component."""
    return {"$ref": f"#/components/{section}/{name}"}


class ServedShapes(AutoSchema):
    """Maps serializers to what an answer holds."""

    def _map_serializer_field(
        self,
        field: Any,
        direction: Any,
        bypass_extensions: bool = False,  # noqa: FBT001, FBT002
    ) -> Schema:
        mapped: Schema = super()._map_serializer_field(field, direction, bypass_extensions)
        schema = _settled(mapped)
        if field.allow_null:
            schema = _nullable(schema)
        described = describe_member(type(field.parent), str(field.field_name))
        return {**schema, "description": described} if described else schema

    def _get_serializer_field_meta(self, field: Any, direction: Any) -> Schema:
        return {}

    def _insert_field_validators(self, field: Any, schema: Schema) -> None:
        """Promise no limit: the database may hold what no form would take."""

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Schema:
        mapped: Schema = super()._map_basic_serializer(serializer, direction)
        return object_of(describe_shape(type(serializer)), mapped["properties"])

    def shape_of(self, serializer: type[Serializer[Any]]) -> Schema:
        """Return a reference to the shape of what `serializer` serves."""
        component: Any = self.resolve_serializer(serializer, "response")
        reference: Schema = component.ref
        return reference


def _settled(schema: Schema) -> Schema:
    """Return `schema` in the words of OpenAPI 3.1, without drf-spectacular's marks and what it says of values."""
    kept = {
        key: value
        for key, value in schema.items()
        if key not in {"nullable", "description"} and not key.startswith("x-spec-")
    }
    return _nullable(kept) if schema.get("nullable") else kept


def _nullable(schema: Schema) -> Schema:
    kind = schema.get("type")
    if isinstance(kind, str):
        return {**schema, "type": [kind, "null"]}
    return schema if isinstance(kind, list) else {"oneOf": [schema, NULL]}


def object_of(description: Promise, properties: Mapping[str, Schema]) -> Schema:
    """Return the shape of an object that has all of `properties`."""
    return {
        "type": "object",
        "description": description,
        "properties": dict(properties),
        "required": list(properties),
    }


def list_of(item: Schema, description: Promise) -> Schema:
    """Return the shape of a page of `item`."""
    address: Schema = {"type": ["string", "null"], "format": "uri"}
    return object_of(
        description,
        {
            "count": {
                "type": ["integer", "null"],
                "minimum": 0,
                "description": _("What all pages hold, if `count=true` asks for it; else null."),
            },
            "next": {
                **address,
                "description": _("Address of the next page; null of the last. Follow it as it is."),
            },
            "previous": {
                **address,
                "description": _("Address of the page before; null of the first."),
            },
            "results": {"type": "array", "items": item},
        },
    )


def derived_shapes(components: Mapping[str, Schema]) -> dict[str, Schema]:
    """Return the shapes that are made of those of serializers, and those that no serializer has."""
    body = components["Document"]["properties"][BODY]
    card = components["Card"]
    card = {**card, "properties": {**card["properties"], BODY: body}}
    cards: Schema = {"anyOf": [refer("Card"), refer("SomeOfCard")]}
    return {
        "Card": card,
        "SomeOfCard": _some_of(card, _("A card as `fields` cuts it.")),
        "SomeOfDocument": _some_of(
            components["Document"], _("An article whole, as `fields` cuts it.")
        ),
        "ArticleList": list_of(cards, _("A page of articles.")),
        "CategoryList": list_of(refer("Category"), _("A page of the tree of categories.")),
        "AuthorList": list_of(refer("Author"), _("A page of authors.")),
        "TagList": list_of(refer("Tag"), _("A page of tags.")),
        "Problem": _problem(),
        "ParameterError": _parameter_error(),
    }


def _some_of(shape: Schema, description: Promise) -> Schema:
    return {"type": "object", "description": description, "properties": shape["properties"]}


def _problem() -> Schema:
    """Return the shape of what `describe_problem` makes."""
    text: Schema = {"type": "string"}
    return object_of(
        _("An error as RFC 9457 has them."),
        {
            "type": {**text, "description": _("`about:blank`: it is no more than its status.")},
            "title": {**text, "description": _("What the status is called.")},
            "status": {"type": "integer", "description": _("As that of the answer.")},
            "detail": {**text, "description": _("What is wrong here, for people.")},
            "instance": {**text, "description": _("The address that was asked for.")},
            "code": {
                **text,
                "enum": list(PROBLEMS),
                "description": _("What is wrong, for programs. Codes are never renamed."),
            },
            "errors": {
                "type": "array",
                "items": refer("ParameterError"),
                "description": _("The parameters at fault, if any."),
            },
        },
    )


def _parameter_error() -> Schema:
    return object_of(
        _("A parameter at fault."),
        {
            "param": {"type": "string", "description": _("Its name.")},
            "code": {
                "type": "string",
                "enum": list(PARAMETER_CODES),
                "description": _("What is wrong with it, for programs."),
            },
            "detail": {"type": "string", "description": _("The same for people.")},
        },
    )
