"""Settings of money: what Ocean.io charges, and what calls may spend."""

from decimal import Decimal

from pydantic import Field

from talent_mcp.setting_types import Credits, Model


class PriceSettings(Model):
    """Credits for each person that a search returns, each enrichment, and each e-mail and phone that one finds; from
    the vendor's pages, where they moved more than once. `as_of` says of when they are."""

    search_result: Credits = Decimal("0.2")
    enrichment: Credits = Decimal("0.1")
    email: Credits = Decimal(1)
    phone: Credits = Decimal(10)
    as_of: str = Field(default="2026", max_length=40)


class PrincipalBudget(Model):
    """Credits that one principal may spend; None is no limit. Days and months are those of UTC."""

    per_call: Credits | None = None
    per_day: Credits | None = None
    per_month: Credits | None = None


class BudgetSettings(PrincipalBudget):
    """Credits that all may spend together, and each `principal` of them."""

    principal: PrincipalBudget = PrincipalBudget()
