"""What a table says of a target: kept, missed, or none there."""

from .calls import call_row
from .contenders import BARE, CONTENDERS, OURS, TYPESCRIPT, Contender
from .floods import flood_row
from .preview import preview_row
from .soak import row
from .table import table
from .verifying import TARGET, verify_row

RATES: dict[Contender, float] = {**dict.fromkeys(CONTENDERS, 1000.0), OURS: 1290.0}


def test_a_missed_target_is_shown() -> None:
    assert flood_row("stdio", 64, RATES).cells()[-3:] == ("1.29", ">= 1.30", "NO")
    assert flood_row("stdio", 64, {**RATES, OURS: 1300.0}).cells()[-3:] == ("1.30", ">= 1.30", "yes")


def test_where_nothing_was_promised_nothing_is_said() -> None:
    assert flood_row("stdio", 256, RATES).cells()[-2:] == ("", "")


def test_one_call_on_stdio_may_take_what_the_bare_one_takes() -> None:
    times = {contender: [2.0, 2.0] for contender in CONTENDERS}
    assert call_row("", "stdio", times, 1.0).met
    assert not call_row("", "stdio", {**times, OURS: [2.1, 2.1]}, 1.0).met


def test_over_http_it_may_take_two_appends_more_and_a_quarter() -> None:
    times = {OURS: [5.0, 5.0], BARE: [2.0, 2.0]}
    shown = call_row("", "HTTP 2026-07-28", times, 1.0)
    assert shown.met
    assert shown.target == "<= 5.00 ms (append 1.00)"
    assert shown.values[CONTENDERS.index(TYPESCRIPT)] == "cannot"
    assert not call_row("", "HTTP 2026-07-28", {**times, OURS: [5.1, 5.1]}, 1.0).met


def test_a_preview_is_judged_by_what_it_takes_more_at_worst() -> None:
    quick = preview_row([(5.0, 2.0)] * 20)
    assert quick.cells()[-4:] == ("3.00 ms", "2.50", "<= 10 ms", "yes")
    assert not preview_row([(5.0, 2.0)] * 18 + [(14.0, 2.0)] * 2).met


def test_what_a_soak_let_grow_is_a_ratio_to_the_beginning() -> None:
    assert row("VmRSS, MiB", 105.0, 100.0, 1.05).cells()[-3:] == ("1.05", "<= 1.05", "yes")
    assert row("VmRSS, MiB", 106.0, 100.0, 1.05).cells()[-3:] == ("1.06", "<= 1.05", "NO")


def test_a_log_is_verified_fast_enough_or_not() -> None:
    assert verify_row("", 300_000.0, 600_000.0, target=TARGET).cells()[-3:] == ("0.50", ">= 300,000/s", "yes")
    assert not verify_row("", 299_999.0, 600_000.0, target=TARGET).met
    assert verify_row("", 1.0, 1.0).met is None


def test_a_table_has_a_column_for_each_contender() -> None:
    heading, rule, line = table([each.name for each in CONTENDERS], [flood_row("stdio", 64, RATES)]).splitlines()
    assert heading.split("|")[1].strip() == "measure"
    assert heading.count("|") == rule.count("|") == line.count("|") == len(CONTENDERS) + 5
