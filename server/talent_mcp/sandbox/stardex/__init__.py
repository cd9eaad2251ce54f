"""Stardex: persons and their custom fields."""

from .service import Stardex

__all__ = ["Stardex"]
