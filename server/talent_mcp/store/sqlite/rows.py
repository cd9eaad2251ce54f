"""Statements on an open SQLite database."""

from typing import Any

import apsw


def rows_of(db: apsw.Connection, sql: str, *values: str | float | bytes | None) -> list[tuple[Any, ...]]:
    """Run one or more statements and return the rows of the last."""
    # apsw's own annotations name a type that Python has only since 3.12.
    return db.execute(sql, values or None).fetchall()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
