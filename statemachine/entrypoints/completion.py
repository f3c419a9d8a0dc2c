"""`completion`: what a shell needs to complete commands, options, modes and codes. `click` does the work."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from statemachine.rules import RULES

PROGRAM = "statemachine"
SHELLS = {
    "bash": 'eval "$(statemachine completion bash)"  # in ~/.bashrc',
    "zsh": 'eval "$(statemachine completion zsh)"  # in ~/.zshrc, after compinit',
    "fish": "statemachine completion fish > ~/.config/fish/completions/statemachine.fish",
}
"""How each shell takes it up."""


@click.command(epilog="\b\n" + "\n".join(SHELLS.values()))
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes commands, options, modes and codes in SHELL."""
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    assert made is not None, shell  # noqa: S101 # all of SHELLS are click's own
    click.echo(made(context.find_root().command, {}, PROGRAM, f"_{PROGRAM.upper()}_COMPLETE").source())


def completed_codes(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The codes that complete the last one of some that commas separate."""
    before, comma, begun = incomplete.rpartition(",")
    found = (rule for rule in RULES.values() if rule.code.startswith(begun.upper()))
    return [CompletionItem(f"{before}{comma}{rule.code}", help=rule.name) for rule in found]
