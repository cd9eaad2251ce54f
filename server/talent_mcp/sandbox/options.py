"""What a sandbox is started with."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class SandboxOptions:
    """Keys, money, limits and quirks of the three stand-ins; the defaults are the documented behaviour."""

    ocean_token: str = "sandbox-ocean"  # noqa: S105 - a synthetic key
    stardex_key: str = "sandbox-stardex"
    jarvi_key: str = "sandbox-jarvi"
    credits: float = 500.0
    rate_limits: bool = True
    latency: float = 0.0
    pending_asks: int = 1
    credits_used: bool = True
    jarvi_seconds_per_call: float = 0.5
