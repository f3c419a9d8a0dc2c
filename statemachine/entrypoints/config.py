"""`[tool.statemachine]` in `pyproject.toml`: defaults of the options of `check`, as `click` takes them.

Every long option of a command is a key, without its dashes. Command line over file. A path in the file is below the
file's folder.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import click

from statemachine.errors import printable, printable_lines, shortened, shown

NAME: Final = "pyproject.toml"
_KINDS: Final = {bool: "true or false", int: "an integer", str: "text", list: "an array of texts"}


def configured(context: click.Context, parameter: click.Parameter, given: str | None) -> None:
    """The callback of `--config`: take the defaults of a command's options from a file, if there is one."""
    if context.resilient_parsing:  # a shell asks what could come next
        return
    path, table = _nearest(Path.cwd()) if given is None else (Path(given), _explicit(Path(given)))
    if path is not None:
        context.default_map = {**(context.default_map or {}), **_defaults(context, path, table, parameter)}


def _nearest(folder: Path) -> tuple[Path | None, Any]:
    """The nearest `pyproject.toml` upwards with a table of ours, and the table."""
    for above in (folder, *folder.parents):
        path = above / NAME
        if path.is_file():
            table = _document(path).get("tool", {}).get("statemachine")
            if table is not None:
                return path, table
    return None, {}


def _explicit(path: Path) -> Any:
    """The table of a file that the user named; that of an empty file is empty."""
    document = _document(path)
    table = document.get("tool", {}).get("statemachine")
    if table is None and document:
        raise _refused(path, "no table [tool.statemachine] in it")
    return table or {}


def _document(path: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        found: dict[str, Any] = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise _refused(path, error.strerror or "it cannot be read") from None
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise _refused(path, f"no TOML: {shortened(reason, 200)}") from None
    if not isinstance(found.get("tool", {}), dict):
        raise _refused(path, "tool is no table")
    return found


def _defaults(context: click.Context, path: Path, table: Any, itself: click.Parameter) -> dict[str, Any]:
    """The values of a table by the names of the parameters. Raises click.UsageError for what is none."""
    if not isinstance(table, dict):
        raise _refused(path, "[tool.statemachine] is no table")
    options = {key: option for key, option in _keys(context.command) if option is not itself}
    found: dict[str, Any] = {}
    for key, value in table.items():
        if key not in options:
            near = get_close_matches(key, options, 1)
            told = f"; the nearest key is {near[0]}" if near else f"; keys are {', '.join(sorted(options))}"
            raise _refused(path, f"unknown key {shown(key)}{told}")
        option = options[key]
        taken = _value(path, key, option, value)
        try:
            option.process_value(context, taken)
        except click.BadParameter as error:
            raise _refused(path, f"{key}: {error.message}") from None
        found[option.name or key] = taken
    return found


def _keys(command: click.Command) -> Iterator[tuple[str, click.Option]]:
    for option in command.params:
        if isinstance(option, click.Option):
            yield from ((name[2:], option) for name in option.opts if name.startswith("--"))


def _value(path: Path, key: str, option: click.Option, value: Any) -> Any:
    """A value of the type that an option takes; text where there could be several of it is one."""
    kind: type = str
    if option.is_flag:
        kind = bool
    elif isinstance(option.type, click.types.IntParamType) or option.count:
        kind = int
    elif option.multiple:
        kind = list
        value = [value] if isinstance(value, str) else value
    if type(value) is not kind or (isinstance(value, list) and not all(isinstance(one, str) for one in value)):
        raise _refused(path, f"{key} is {shown(value)}; expected {_KINDS[kind]}")
    if isinstance(option.type, click.Path) and isinstance(value, str):
        return str(path.parent / value)
    return value


def _refused(path: Path, reason: str) -> click.UsageError:
    told = " ".join(printable_lines(reason).split("\n"))
    return click.UsageError(f"{printable(str(path))}: {told}")
