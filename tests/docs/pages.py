"""The pages of the site, as their reader uses them: every file is written, every command run, every output compared.

- `console`: lines after `$ ` are run by bash, in a folder with the captures that the pages name. What is shown below
  one must be what it prints on standard output; a line of `…` is any lines, `…` within one any characters.
- `python`, `js`: with a caption, a file of that name; Python without one is run.
- `yaml`: a workflow; its commands are run.

The exit status of a command is 0, or 1, which is findings.

Commands that install or make are not run: their extras and targets must exist.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import metadata
from pathlib import Path
from shutil import copy
from typing import Final

import attrs
import yaml
from markdown_it import MarkdownIt

from statemachine.entrypoints.cli import COMMANDS, main

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
PAGES: Final = {str(page.relative_to(DOCS)): page for page in sorted(DOCS.rglob("*.md")) if "_build" not in page.parts}
DATA: Final = (*(ROOT / "tests" / "data").iterdir(), ROOT / "specs" / "diagrams" / "actions.ndjson")
"""What the folder has in which the commands of a page are run."""
SAID: Final = ("text", "json")
"""Blocks that show something, and do nothing."""
_MARK: Final = "\x1e"


@attrs.frozen
class Block:
    """A fenced block: its language, its caption if any, what is in it."""

    language: str
    caption: str
    content: str


def blocks(text: str) -> Iterator[Block]:
    """The code blocks of a page; MyST's directives are none, but for `code-block`."""
    for token in MarkdownIt().parse(text):
        if token.type != "fence":
            continue
        directive = re.fullmatch(r"\{([\w-]+)\}\s*(.*)", token.info.strip())
        if directive is None:
            yield Block(token.info.strip(), "", token.content)
        elif directive[1] == "code-block":
            head, _, content = token.content.partition("\n\n")
            yield Block(directive[2], head.removeprefix(":caption: "), content)


def prepare(folder: Path) -> None:
    """Put the captures there."""
    for path in DATA:
        copy(path, folder)


def problems(text: str, folder: Path) -> list[str]:
    """Do everything that a page says, in its order; return what is not as it says."""
    found = [problem for code in re.findall(r"`(statemachine [^`]+)`", text) for problem in unknown(code)]
    for block in blocks(text):
        found += _problems(block, folder)
    return found


def unknown(command: str) -> list[str]:
    """What a command in running text names that there is not."""
    name, *words = re.split(r"\s+", command)[1:]
    if name not in COMMANDS:
        return [f"no command: {command}"]
    context = main.make_context("statemachine", ["rules"])
    found = main.get_command(context, name)
    options = [*(found.params if found else []), *main.params]
    known = {option for parameter in options for option in parameter.opts} | {"--"}
    return [f"no option {word}: {command}" for word in words if word.startswith("-") and word not in {*known, "-"}]


def _problems(block: Block, folder: Path) -> list[str]:
    if block.language in ("python", "js"):
        path = folder / (block.caption or f"block.{block.language}")
        path.write_text(block.content)
        if block.language == "js":
            return _run_all([(f"node --check {path.name}", "")], folder, worst=0)
        return _run_all([(f"python -W error {path.name}", "…")] if not block.caption else [], folder, worst=0)
    if block.language == "console":
        return _run_all([*_commands(block.content)], folder)
    if block.language == "toml" and block.caption:  # what follows uses it
        (folder / block.caption).write_text(block.content)
        return []
    if block.language == "yaml":
        jobs = yaml.safe_load(block.content)["jobs"].values()
        steps = [step["run"] for job in jobs for step in job["steps"] if "run" in step]
        return _run_all([(command, "…") for command in steps], folder)
    return [] if block.language in SAID else [f"a block in {block.language!r}, which nothing checks"]


def _commands(content: str) -> Iterator[tuple[str, str]]:
    """Each command of a console with what is shown below it."""
    before, *parts = re.split(r"^\$ ", content, flags=re.MULTILINE)
    if before.strip():
        yield "false", f"a console that begins without a command: {before}"
    for part in parts:
        command, _, shown = part.partition("\n")
        yield command, shown


def _run_all(commands: list[tuple[str, str]], folder: Path, worst: int = 1) -> list[str]:
    """Run commands in one shell; return what differs from what is shown."""
    found = [problem for command, _ in commands for problem in _not_there(command)]
    commands = [(command, shown) for command, shown in commands if not re.match(r"pip |make ", command)]
    script = "".join(f"{command}\ntold=$?; printf '{_MARK}%d{_MARK}' $told; (exit $told)\n" for command, _ in commands)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(  # noqa: S603
        ["bash", "-c", script],  # noqa: S607
        cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    outputs = done.stdout.split(_MARK)
    for (command, shown), output, status in zip(commands, outputs[::2], outputs[1::2], strict=False):
        if int(status) > worst:
            found.append(f"exit status {status}: {command}\n{output}{done.stderr}")
        elif not matches(shown, output):
            found.append(f"$ {command}\nshown:\n{shown}\nprinted:\n{output}")
    if len(outputs) // 2 < len(commands):
        found.append(f"not run to the end: {script}\n{done.stderr}")
    return found


def matches(shown: str, output: str) -> bool:
    """Whether an output is what is shown of it."""
    lines = [line.rstrip() for line in shown.rstrip().splitlines()]
    pattern = "".join(
        r"(?:.*\n)*?" if line == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n" for line in lines
    )
    printed = "".join(f"{line.rstrip()}\n" for line in output.rstrip().splitlines())
    return re.fullmatch(pattern, printed) is not None


def _not_there(command: str) -> list[str]:
    """What a command names of this project that there is not: extras, and make's targets."""
    if command.startswith("pip "):
        known = metadata("session-replay-statemachine").get_all("Provides-Extra") or []
        named = re.findall(r"session-replay-statemachine\[([\w,]+)\]", command)
        return [f"no extra {extra}" for names in named for extra in names.split(",") if extra not in known]
    if command.startswith("make "):
        makefile = (ROOT / "Makefile").read_text()
        return [f"no target {target}" for target in command.split()[1:] if f"\n{target}:" not in makefile]
    return []
