"""Jarvi: profiles and their custom fields."""

from .service import Jarvi

__all__ = ["Jarvi"]
