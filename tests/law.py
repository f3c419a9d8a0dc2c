"""The law's tables once more, as plain conditions: what every step must do, whatever the tables say.

An independent statement, for tests only: it shares the names of states, symbols and effects with
the package, and no row.
"""

from __future__ import annotations

from statemachine.machines.tag import TagRow, compiled
from statemachine.symbol import Symbol
from statemachine.table import Configuration, Move, Table

Decision = tuple[Configuration, bool, frozenset[str], tuple[str, ...]]
"""The configuration after the call, whether it was accepted, the effects, the findings in order."""

DEVICE_FLAWS = {"no device": ["SR101"], "device with slash": ["SR102"], "device with foreign character": ["SR103"]}
NO_SESSION = {"absent": "SR111", "out_of_session": "SR113", "malformed": "SR112"}


def replay_decision(state: str, trigger: str, kind: str, device: str) -> tuple[str, bool, set[str], list[str]]:
    """What the core, and Actions' settle and cloud-mode's bypass, do to the replay's own state."""
    if trigger == "load":
        if state != "uninitialised":
            return state, False, set(), ["SR203"]
        flaws = DEVICE_FLAWS.get(device, []) + (["SR112"] if kind == "malformed" else [])
        if flaws:
            return state, False, set(), flaws
        return ("session_active" if kind == "present" else "initialised"), True, {"init replay"}, []
    if trigger == "bypass":
        return state, False, {"deliver", "untagged"}, ["SR313"]
    if trigger not in ("event", "settle"):
        return state, True, set(), []
    deliver = {"deliver"} if trigger == "event" else set()
    if state == "uninitialised":
        return state, False, deliver, ["SR202"]
    if kind == "not_populated":
        return (state, True, deliver, []) if trigger == "event" else (state, False, deliver, ["SR301"])
    if kind in NO_SESSION:
        return state, False, deliver, [NO_SESSION[kind]]
    if kind == "older":
        return state, False, deliver, ["SR201"]
    if kind == "same":
        return "session_active", True, deliver, []
    return ("session_active" if state == "initialised" else "rolled_over"), True, {*deliver, "set replay session"}, []


def decision(configuration: Configuration, symbol: Symbol) -> Decision:
    """What the law decides for a configuration and a symbol."""
    state, *set_up = (str(name) for name in configuration)
    trigger = str(symbol.trigger)
    after, accepted, effects, findings = replay_decision(state, trigger, str(symbol.kind), str(symbol.device))
    if not set_up:
        return (after,), accepted, frozenset(effects), tuple(findings)
    replay, segment, removed = (name.endswith(("added", "removed")) for name in set_up)
    out_of_order = {
        "add_session_replay": replay,
        "add_segment": segment or not replay,
        "load": not segment,
        "remove_amplitude": not removed and state == "uninitialised",
    }
    if out_of_order.get(trigger):
        findings = [*findings, "SR311"]
    if trigger == "event":
        if not replay:
            effects, findings = {*effects, "untagged"}, [*findings, "SR315"]
        findings = findings if segment else [*findings, "SR314"]
        findings = findings if removed or state == "uninitialised" else [*findings, "SR312"]
    names = (
        "replay plugin added" if replay or trigger == "add_session_replay" else "no replay plugin",
        "Segment plugin added" if segment or trigger == "add_segment" else "no Segment plugin",
        "Amplitude destination removed"
        if removed or (trigger == "remove_amplitude" and state != "uninitialised")
        else "Amplitude destination kept",
    )
    return (after, *names), accepted, frozenset(effects), tuple(findings)


def decided(configuration: Configuration, move: Move) -> Decision:
    """What a table decides, in the same form."""
    target = configuration if move.target is None else move.target
    effects = frozenset(str(effect) for effect in move.outcome.effects)
    return tuple(str(name) for name in target), move.outcome.accepted, effects, move.outcome.findings


def departures(table: Table) -> list[str]:
    """Where a table departs from the law; places that no stream of calls reaches do not count."""
    found = []
    for configuration in table.configurations():
        for symbol in table.symbols:
            key = (symbol.device, symbol.kind) if symbol.trigger == "load" else symbol.kind
            move = table.moves[configuration][symbol.trigger][key]
            impossible = configuration[0] == "initialised" and symbol.kind in ("same", "older")
            if not impossible and decided(configuration, move) != decision(configuration, symbol):
                found.append(f"{' + '.join(configuration)} on {symbol}")
    return found


def tag_finding(passage: str, tag: str) -> str | None:
    """What an event's replay ID is reported as, by the names of its passage and its tag."""
    if tag in ("MATCHES", "MISSING"):
        return None
    if tag == "MALFORMED":
        return "SR121"
    in_session = passage in ("STARTS", "CONTINUES")
    if tag == "EXPECTED":
        return "SR123" if in_session or passage == "REGRESSES" else None
    if passage == "REGRESSES" or (passage == "OUTSIDE" and tag != "OTHER_DEVICE"):
        return None  # one cause, one finding; and outside a session there is none to be wrong about
    return "SR125" if passage == "STARTS" and tag == "JUST_LEFT" else "SR122"


def tag_departures(rows: tuple[TagRow, ...]) -> list[str]:
    """Where a table of replay IDs departs from the law. Raises IllFormedTableError on a hole or an overlap."""
    return [
        f"{passage.name} and {tag.name}"
        for passage, found in compiled(rows).items()
        for tag, finding in found.items()
        if finding != tag_finding(passage.name, tag.name)
    ]
