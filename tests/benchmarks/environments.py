"""Environments of the references, pinned: fastmcp's own, and the one of tests/clients for node."""

import json
import shutil

import anyio

from tests.clients.catalog import HERE as CLIENTS
from tests.clients.catalog import NODE, NODE_ENVIRONMENT
from tests.clients.environments import build_environment

from .processes import HERE, NotMeasured

FASTMCP = "fastmcp"
REFERENCES = HERE / "references"
NODE_REFERENCES = NODE_ENVIRONMENT / "references"
"""Copies: node finds packages from where a module lies."""
REQUIREMENTS = HERE / f"requirements-{FASTMCP}.txt"


def build_references() -> None:
    """Build what is missing or was built from other requirements.

    Raises:
        NotMeasured: make has not installed node.
    """
    if not NODE.exists():
        raise NotMeasured("node is not there; `make bench` installs it")
    shutil.copytree(REFERENCES, NODE_REFERENCES, ignore=shutil.ignore_patterns("*.py"), dirs_exist_ok=True)
    anyio.run(build_environment, REQUIREMENTS)


def reference_versions() -> dict[str, str]:
    """The versions that are pinned."""
    pinned = dict(line.split("==") for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines())
    packages: dict[str, str] = json.loads((CLIENTS / "package.json").read_text(encoding="utf-8"))["dependencies"]
    sdk = "@modelcontextprotocol/sdk"
    return {"fastmcp": pinned["fastmcp"], sdk: packages[sdk], "node": packages["node"]}
