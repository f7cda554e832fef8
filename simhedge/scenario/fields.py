"""Where an error happened, find what the schema says about that key: its meaning and unit, for the remedy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo


def meaning(root: type[BaseModel], location: Sequence[str | int]) -> str | None:
    """Description and unit of the key at one of pydantic's error locations, None where there is none."""
    field = _field(root, location)
    if field is None or field.description is None:
        return None
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    text = field.description.rstrip(".")
    return f"{text}; in {extra['unit']}" if "unit" in extra else text


def _field(root: type[BaseModel], location: Sequence[str | int]) -> FieldInfo | None:
    blocks, found = [root], None
    for step in location:
        chosen = [block for block in blocks if step in _tags(block)]
        fields = [
            field for block in blocks for name, field in block.model_fields.items() if step in (name, field.alias)
        ]
        if fields:
            found = fields[0]
            blocks = list(_blocks(found))
        elif chosen:
            blocks = chosen
    return found


def _tags(block: type[BaseModel]) -> tuple[Any, ...]:
    """The values of `type` or `kind` that choose this block."""
    fields = block.model_fields
    chooser = fields.get("type") or fields.get("kind")
    return get_args(chooser.annotation) if chooser is not None else ()


def _blocks(annotated: Any) -> Iterator[type[BaseModel]]:
    """All blocks within the type of a field: in unions, lists and mappings."""
    annotation = annotated.annotation if isinstance(annotated, FieldInfo) else annotated
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _blocks(argument)
