"""Faithful in-memory stand-ins of Ocean.io, Stardex and Jarvi, for demos and tests."""

from .app import Sandbox
from .exchange import Received
from .faults import FaultKind, VendorName
from .options import SandboxOptions

__all__ = ["FaultKind", "Received", "Sandbox", "SandboxOptions", "VendorName"]
