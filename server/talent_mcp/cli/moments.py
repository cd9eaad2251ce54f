"""Moments, as people write them on the command line."""

from datetime import UTC, datetime

import click

from talent_mcp.audit.entries import moment


class Moment(click.ParamType[str]):
    """A day or a moment in ISO 8601, in UTC unless it says otherwise; as entries have it."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            at = datetime.fromisoformat(str(value))
            return moment((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
        except (ValueError, OverflowError):
            self.fail("give a day or a moment, such as 2026-11-30 or 2026-11-30T14:00:00+01:00.", param, ctx)


MOMENT = Moment()
