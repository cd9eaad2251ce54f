"""One Markdown file a prompt, and the loader that reads them.

A file begins with a TOML header between lines of `+++`: `title`, `description`, and a table `[arguments.NAME]`
with `description` and `required` for each argument. Its body may hold `{NAME}` where the argument belongs;
a paragraph that mentions an argument which was not given is left out. Other braces are text, as in JSON.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

FENCE = "+++\n"
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Argument:
    """What a person is asked for when choosing the prompt."""

    name: str
    description: str
    required: bool


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as a person chooses it; `name` is the file's."""

    name: str
    title: str
    description: str
    arguments: tuple[Argument, ...]
    body: str

    def render(self, given: Mapping[str, str]) -> str:
        """The text for the model, with the arguments in their places; each is inserted once and as it is."""
        paragraphs = [p for p in self.body.split("\n\n") if all(given.get(name) for name in PLACEHOLDER.findall(p))]
        return PLACEHOLDER.sub(lambda found: given[found[1]], "\n\n".join(paragraphs)).strip()


@cache
def load_prompts() -> Mapping[str, Prompt]:
    """All prompts by name, in the order of their names."""
    files = [file for file in resources.files(__name__).iterdir() if file.name.endswith(".md")]
    prompts = (read_prompt(file.name, file.read_text(encoding="utf-8")) for file in files)
    return {prompt.name: prompt for prompt in sorted(prompts, key=lambda prompt: prompt.name)}


def read_prompt(file_name: str, text: str) -> Prompt:
    """A prompt from its file.

    Raises:
        ValueError: the header is missing or is not TOML, or its arguments are not those of the body.
        KeyError: the header lacks a title, a description, or an argument's description.
    """
    _, header, body = text.split(FENCE, 2)
    fields = tomllib.loads(header)
    arguments = tuple(
        Argument(name, table["description"], table.get("required", False))
        for name, table in fields.get("arguments", {}).items()
    )
    # A misspelt placeholder would silently take its paragraph away.
    strays = {argument.name for argument in arguments} ^ set(PLACEHOLDER.findall(body))
    if strays:
        raise ValueError(f"{file_name}: only in the header or only in the body: {', '.join(sorted(strays))}")
    return Prompt(file_name.removesuffix(".md"), fields["title"], fields["description"], arguments, body)
