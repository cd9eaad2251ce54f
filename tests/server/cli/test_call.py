"""`talent-mcp call`: one tool call from a shell."""

import json
from collections.abc import Callable

import jsonschema
from click.testing import Result

from tests.judge import output_schema_of

Run = Callable[..., Result]
LIKE_ADA = json.dumps({"people": {"lookalike_linkedin_handles": ["ada-demo-1001"]}, "limit": 2})


def test_the_result_is_json_on_standard_output(run: Run) -> None:
    called = run("call", "search_people", LIKE_ADA, "--sandbox")
    assert called.exit_code == 0, called.output
    result = json.loads(called.stdout)
    assert len(result["people"]) == 2
    jsonschema.validate(result, output_schema_of("search_people"))


def test_a_failure_is_a_sentence_and_exit_code_1(run: Run) -> None:
    called = run("call", "enrich_person", '{"person": {}}', "--sandbox")
    assert called.exit_code == 1
    assert called.stdout == ""
    assert "person is empty" in called.stderr


def test_without_a_key_it_says_how_to_give_one(run: Run) -> None:
    called = run("call", "search_people", LIKE_ADA)
    assert called.exit_code == 1
    assert "talent-mcp login ocean" in called.stderr


def test_arguments_that_are_no_json_object_are_a_usage_error(run: Run) -> None:
    for arguments in ("{", "[]", "1"):
        called = run("call", "search_people", arguments, "--sandbox")
        assert called.exit_code == 2
        assert "is not a JSON object" in called.stderr


def test_an_unknown_tool_is_a_usage_error_that_lists_the_tools(run: Run) -> None:
    called = run("call", "search_companies")
    assert called.exit_code == 2
    assert "upsert_jarvi_profile" in called.stderr


def test_a_log_that_cannot_be_written_ends_it_in_a_sentence(run: Run, home: object) -> None:
    from pathlib import Path

    Path(str(home)).write_text("a file in the folder's place")
    called = run("call", "search_people", LIKE_ADA, "--sandbox")
    assert called.exit_code == 1
    assert "nothing was sent" in called.stderr
