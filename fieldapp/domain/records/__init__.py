"""Every record kind, found by listing this package: a new kind is one new module here.

Errors:
    InvalidBodyError    a body does not fit its kind; `where` names the field
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from pydantic import ValidationError

from fieldapp.domain.canonical import Json, canonical_json
from fieldapp.domain.records.base import Body, Item, Part, Policy, Shape

__all__ = [
    "Body",
    "InvalidBodyError",
    "Item",
    "Part",
    "Policy",
    "Shape",
    "body_type",
    "kinds",
    "read_body",
    "shape_of",
]


class InvalidBodyError(ValueError):
    """A body that does not fit its kind. Holds the field and the rule, never the value."""

    code = "invalid_body"

    def __init__(self, sentence: str, where: str) -> None:
        super().__init__(sentence)
        self.where = where


@cache
def kinds() -> dict[str, type[Body]]:
    """The model of each kind this version knows, by name."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return {model.KIND: model for model in Body.__subclasses__()}


def body_type(kind: str) -> type[Body] | None:
    """The model of `kind`, or None where a newer version made it."""
    return kinds().get(kind)


def shape_of(kind: str) -> Shape:
    """How records of `kind` live; an unknown kind is treated with the most care, as a document under review."""
    model = body_type(kind)
    return model.SHAPE if model else Shape.DOCUMENT


def read_body(kind: str, body: Json) -> Body | None:
    """The typed body, or None for a kind of a newer version.

    Raises:
        InvalidBodyError: naming the first field that does not fit, without its value.
    """
    model = body_type(kind)
    if model is None:
        return None
    try:
        return model.model_validate_json(canonical_json(body), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidBodyError(f"{model.TITLE}: {where or 'the whole entry'}: {first['msg']}.", where) from None
