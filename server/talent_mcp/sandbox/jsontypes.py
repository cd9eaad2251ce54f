"""Decoded JSON of a shape that nobody has checked yet."""

from typing import Any, TypeAlias, TypeGuard

Json: TypeAlias = Any


def _is_object(value: object) -> TypeGuard[dict[str, Json]]:
    return isinstance(value, dict)


def _is_array(value: object) -> TypeGuard[list[Json]]:
    return isinstance(value, list)


def members(value: object) -> dict[str, Json] | None:
    """The members of an object, None for anything else."""
    return value if _is_object(value) else None


def items(value: object) -> list[Json] | None:
    """The items of an array, None for anything else."""
    return value if _is_array(value) else None
