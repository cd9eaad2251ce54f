"""`talent-mcp`: serves on stdio at once; everything else is the command line's."""

import gc
import sys

SERVE_STDIO: tuple[list[str], ...] = ([], ["serve"])


def main() -> None:
    """Run what the arguments ask for."""
    if sys.argv[1:] in SERVE_STDIO and not sys.stdin.isatty():
        # The way MCP hosts start it: no command line library is loaded for it, and no time is lost on looking
        # for garbage among what was just imported and stays.
        gc.disable()
        from talent_mcp.cli.serving import run_stdio

        gc.freeze()
        gc.enable()
        sys.exit(run_stdio())
    from talent_mcp.cli import command_line

    command_line()


if __name__ == "__main__":
    main()
