"""What is generated: `python -m tests.generated` writes it again, from the tables and the specifications.

In the README the findings and the published snippets; in specs/formats.md where every field is; in specs/README.md the
correspondence and the models; the gallery, specs/diagrams.md with the files in specs/diagrams/; and
specs/manifest.json, which pins what TLC finds; tests/api.txt, the public names; and THIRD_PARTY.md, the
licences of others. In SECURITY.md the bounds.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from statemachine import CLASSIC_DEVICE, RULES, TABLES, Row, Table, drawn
from statemachine.event import Unreadable, call_of
from statemachine.fields import normalisation
from statemachine.interpreters.diagram.picture import guard
from statemachine.machines import core
from statemachine.replay import step
from statemachine.symbol import Call, Trigger
from statemachine.verification import tlc
from statemachine.verification.graph import Graph, specified_graph
from statemachine.verification.specification import MODULES, Model, models
from tests import api, bounds, licences
from tests.published import TITLES
from tests.published import rows as published_rows

ROOT = Path(__file__).parent.parent
BAR = r"\|"
"""A bar within a cell."""
README, SPECS_README, MANIFEST = ROOT / "README.md", ROOT / "specs" / "README.md", ROOT / "specs" / "manifest.json"


FORMATS = ROOT / "specs" / "formats.md"
GALLERY, PICTURES = ROOT / "specs" / "diagrams.md", ROOT / "specs" / "diagrams"
CHARTS = {"plantuml": "puml", "scxml": "scxml", "xstate": "xstate.json"}
"""What the gallery has beside its pictures, and what those files end with."""


def trace(table: Table) -> list[Call]:
    """The calls whose path the gallery shows."""
    lines = (PICTURES / f"{table.mode}.ndjson").read_bytes().splitlines()
    calls: list[Call] = []
    for number, line in enumerate(lines, 1):
        _, call = call_of(number, line, table.triggers)
        if isinstance(call, Unreadable):
            raise SystemExit(f"{table.mode}.ndjson, line {number}: {call.reason}")
        calls.append(call)
    return calls


def gallery(tables: Iterable[Table]) -> str:
    """The page that shows every mode's picture, and a path through it."""
    parts = [
        "# The machines, drawn\n\nGenerated from the tables by `make generate`. Every picture has the same signs, told"
        " below it. Click one to see it large; each fits a page of A4.\n"
    ]
    for table in tables:
        files = ", ".join(f"[{form}](diagrams/{table.mode}.{suffix})" for form, suffix in CHARTS.items())
        parts.append(
            f"## {table.title}: `{table.mode}`\n\n"
            f"`statemachine diagram {table.mode} -o {table.mode}.svg`, and the same for other tools: {files}.\n\n"
            f"[![The machine of {table.mode}](diagrams/{table.mode}.svg)](diagrams/{table.mode}.svg)\n\n"
            f"The path that [these calls](diagrams/{table.mode}.ndjson) take:"
            f" `statemachine diagram {table.mode} --path {table.mode}.ndjson`.\n\n"
            f"[![A path through {table.mode}](diagrams/{table.mode}-path.svg)](diagrams/{table.mode}-path.svg)\n"
        )
    return "\n".join(parts)


def gallery_texts(tables: Iterable[Table]) -> dict[Path, str]:
    """The files of the gallery that are text, each with what it should hold."""
    tables = tuple(tables)
    texts = {
        PICTURES / f"{t.mode}.{suffix}": drawn(t, form).decode() for t in tables for form, suffix in CHARTS.items()
    }
    return {GALLERY: gallery(tables), **texts}


def gallery_pictures(tables: Iterable[Table]) -> dict[Path, tuple[str, Table, list[Call]]]:
    """The pictures of the gallery: the stamp that each should bear, and what it is drawn from."""
    found: dict[Path, tuple[str, Table, list[Call]]] = {}
    for table in tables:
        for name, calls in ((table.mode, []), (f"{table.mode}-path", trace(table))):
            digest = hashlib.sha256(drawn(table, "dot", calls)).hexdigest()
            found[PICTURES / f"{name}.svg"] = (f"<!-- drawn from DOT text with SHA-256 {digest} -->", table, calls)
    return found


def write_gallery(tables: Iterable[Table]) -> None:
    """Write the gallery. A picture is drawn again only when its DOT text is another one: fonts differ by machine."""
    tables = tuple(tables)
    for path, text in gallery_texts(tables).items():
        path.write_text(text)
    for path, (stamp, table, calls) in gallery_pictures(tables).items():
        if not path.exists() or stamp not in path.read_text():
            path.write_text(f"{drawn(table, 'svg', calls).decode().rstrip()}\n{stamp}\n")


def table_of_rows(header: str, rows: Iterable[Iterable[object]]) -> str:
    """A table in Markdown; `header` names the columns, with a bar in between."""
    columns = header.split(" | ")
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(str(cell).replace('|', BAR) for cell in line)} |\n" for line in lines)


def findings() -> str:
    """Every code with its severity, name and meaning."""
    rows = ((r.code, r.name, r.severity.value, r.means) for r in RULES.values())
    return table_of_rows("code | name | severity | what it means", rows)


def every_run(dumps: Path) -> dict[str, tlc.Run]:
    """Run TLC on every model; the state graphs of the modes' own modules go to `dumps`."""

    def run(model: Model) -> tlc.Run:
        dump = dumps / f"{model.name}.dot" if model.name in MODULES.values() else None
        return tlc.run(model, dump=dump)

    found = models()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip((model.name for model in found), pool.map(run, found), strict=True))


def manifest(runs: dict[str, tlc.Run], graphs: dict[str, Graph]) -> dict[str, Any]:
    """What is pinned: of a model that holds its states, of one that does not the property and the shortest way."""
    return {
        "models": {
            name: {"exit": run.exit_status, "distinct": run.distinct, "generated": run.generated}
            if run.violated is None
            else {"exit": run.exit_status, "violates": run.violated, "length": len(run.trace)}
            for name, run in runs.items()
        },
        "graphs": {mode: {"states": len(g.replays), "edges": len(g.edges)} for mode, g in graphs.items()},
    }


def twins(pinned: dict[str, Any]) -> str:
    """Every red twin: what is wrong, which property it violates, and in how many states."""
    rows = [
        (f"[{model.name}](twins/{model.path.name})", model.comment, pinned["models"][model.name]["violates"],
         pinned["models"][model.name]["length"])
        for model in models()
        if model.is_twin
    ]  # fmt: skip
    return table_of_rows("red twin | what is wrong | violates | states", rows)


def holding(pinned: dict[str, Any]) -> str:
    """Every model that holds, with its properties and the size of its state space."""
    rows = [
        (f"[{model.name}]({model.path.name})", ", ".join(model.properties), pinned["models"][model.name]["distinct"])
        for model in models()
        if not model.is_twin
    ]
    return table_of_rows("model | properties | states", rows)


def correspondence(tables: Iterable[Table], graphs: dict[str, Graph]) -> str:
    """Every row of the tables beside the actions of the specifications that take the same edges."""
    shared = {*core.LOAD_ROWS, *core.EVENT_ROWS}
    settled = {*core.guard_rows(Trigger.SETTLE, deliver=())}
    parts = []
    for table in tables:
        actions = actions_of(table, graphs[table.mode])
        file = f"{table.mode.replace('-', '_')}.py"
        for number, region in enumerate(table.regions):
            for n, row in enumerate(region.rows, 1):
                if row in shared and table is not CLASSIC_DEVICE:
                    continue  # said with the first mode, which is the core and nothing else
                is_core = row in shared or row in settled
                module = "ReplayCore" if is_core else MODULES[table.mode]
                law = "[core](law.md#the-core-every-mode-shares)" if is_core else "[modes](law.md#the-three-modes)"
                code = "core.py" if is_core else file
                place = f"{'every mode' if row in shared else table.mode}, {region.name} {n}"
                taken = actions.get((number, row), set())
                action = f"{module}!{', '.join(sorted(taken))}" if taken else f"cannot occur: {row.cannot_occur}"
                says = _row(table, row)
                link = f"[{code}](../statemachine/machines/{code})"
                parts.append((law, action, place, says, link, ", ".join(row.findings) or "–"))
    return table_of_rows("law | TLA+ | row | what it says | code | findings", parts)


def _row(table: Table, row: Row) -> str:
    target = "" if row.target is None else f" → {row.target}"
    said = ", ".join(row.effects) or ("" if row.accepted else "nothing")
    refused = "" if row.accepted else "; refused"
    return f"{' or '.join(row.sources)}: {row.trigger}{guard(table, row)}{target}{f'; {said}' if said else ''}{refused}"


def actions_of(table: Table, graph: Graph) -> dict[tuple[int, Row], set[str]]:
    """The specification's names for the edges that each row of each region takes part in."""
    found: dict[tuple[int, Row], set[str]] = {}
    for (replay, call), action in graph.actions.items():
        _, outcome = step(table, replay, call)
        for number, region in enumerate(table.regions):
            for row in outcome.rows:
                if row in region.rows:
                    found.setdefault((number, row), set()).add(action)
    return found


def updated(text: str, parts: dict[str, str]) -> str:
    """A text with its generated parts as they should be."""
    for name, part in parts.items():
        begin, end = f"<!-- generated: {name} -->\n", f"<!-- end of generated: {name} -->"
        head, found, rest = text.partition(begin)
        _, closed, tail = rest.partition(end)
        if not (found and closed):
            raise SystemExit(f"there is no part {name!r}")
        text = f"{head}{begin}\n{part}\n{end}{tail}"
    return text


def readme_parts() -> dict[str, str]:
    """The generated parts of the README."""
    published_against = table_of_rows(" | ".join(["property", *TITLES.values()]), published_rows())
    return {"findings": findings(), "published": published_against}


def formats_parts() -> dict[str, str]:
    """The generated parts of specs/formats.md: a column a shape, a row a field."""
    header, *shapes = normalisation()
    columns = [header, *shapes]
    rows = list(zip(*columns, strict=True))
    return {"normalisation": table_of_rows(" | ".join(map(str, rows[0])), rows[1:])}


def security_parts() -> dict[str, str]:
    """The generated parts of SECURITY.md: every bound on what one input may cost."""
    return {"bounds": table_of_rows("bound | value | what is counted | what happens there", bounds.rows())}


def specs_parts(pinned: dict[str, Any], graphs: dict[str, Graph]) -> dict[str, str]:
    """The generated parts of specs/README.md."""
    return {
        "models": holding(pinned),
        "red twins": twins(pinned),
        "correspondence": correspondence(
            (CLASSIC_DEVICE, *(table for table in TABLES.values() if table is not CLASSIC_DEVICE)), graphs
        ),
    }


def main() -> None:
    """Write everything that is generated."""
    write_gallery(TABLES.values())
    api.FILE.write_text(api.rendered(api.modules()))
    licences.FILE.write_text(licences.page())
    bounds.FILE.write_text(updated(bounds.FILE.read_text(), security_parts()))
    README.write_text(updated(README.read_text(), readme_parts()))
    FORMATS.write_text(updated(FORMATS.read_text(), formats_parts()))
    with tempfile.TemporaryDirectory() as folder:
        runs = every_run(Path(folder))
        graphs = {mode: specified_graph(t, Path(folder) / f"{MODULES[mode]}.dot") for mode, t in TABLES.items()}
    pinned = manifest(runs, graphs)
    MANIFEST.write_text(json.dumps(pinned, indent=2) + "\n")
    SPECS_README.write_text(updated(SPECS_README.read_text(), specs_parts(pinned, graphs)))


if __name__ == "__main__":
    main()
