"""What a call comes to, for whoever made it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from talent_mcp.store.protocol import Head


@dataclass(frozen=True, kw_only=True, slots=True)
class Completed:
    """How a call ended: `content` for the model (a result, or the text of a failure), where that is recorded, what is
    left of the budgets after a call that can cost credits, and the plan that a person has to decide on before the same
    call may spend."""

    call_id: str
    content: dict[str, Any] | str
    head: Head | None
    budget: Mapping[str, JsonValue] | None = None
    plan_id: str | None = None
