"""Where an error happened, find what the schema says there: a key's meaning and unit, the keys a block may have."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo


def meaning(root: type[BaseModel], location: Sequence[str | int]) -> str | None:
    """Description and unit of the key at one of pydantic's error locations, None where there is none."""
    field, _ = _walk(root, location)
    if field is None or field.description is None:
        return None
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    text = field.description.rstrip(".")
    return f"{text}; in {extra['unit']}" if "unit" in extra else text


def known_keys(root: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """The keys, as written in files, of the block at one of pydantic's error locations."""
    _, shapes = _walk(root, location)
    return [field.alias or name for shape in shapes if _is_block(shape) for name, field in shape.model_fields.items()]


def _walk(root: type[BaseModel], location: Sequence[str | int]) -> tuple[FieldInfo | None, list[Any]]:
    """The last field on the way, and the types that a value at the location may have."""
    found: FieldInfo | None = None
    shapes: list[Any] = [root]
    for step in location:
        below: list[Any] = []
        for shape in shapes:
            field = _field(shape, step)
            if field is not None:
                found = field
                below.extend(_alternatives(field.annotation))
            elif get_origin(shape) in (dict, list) and isinstance(step, int) == (get_origin(shape) is list):
                below.extend(_alternatives(get_args(shape)[-1]))
            elif step in _tags(shape):
                below.append(shape)
        shapes = below or shapes  # a step that leads nowhere is the name pydantic gives to a union's member
    return found, shapes


def _is_block(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, BaseModel)


def _field(shape: Any, step: str | int) -> FieldInfo | None:
    if not _is_block(shape):
        return None
    fields: dict[str, FieldInfo] = shape.model_fields
    return next((field for name, field in fields.items() if step == (field.alias or name)), None)


def _tags(shape: Any) -> tuple[Any, ...]:
    """The values of `type` or `kind` that choose this block."""
    chooser = _field(shape, "type") or _field(shape, "kind")
    return get_args(chooser.annotation) if chooser is not None else ()


def _alternatives(annotation: Any) -> list[Any]:
    """The members of a union, or the type itself, without annotations."""
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [shape for member in get_args(annotation) for shape in _alternatives(member)]
    return [annotation]
