"""The tools: what may be asked of the vendors. Nothing here knows of credentials, hosts or the audit log."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from talent_tools.spec import AnyTool


@cache
def load_tools() -> "Mapping[str, AnyTool]":
    """All tools by name. They are loaded when somebody lists or calls them: start-up need not wait for that."""
    from talent_tools.catalog import TOOLS

    return {tool.name: tool for tool in TOOLS}
