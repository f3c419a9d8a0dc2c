"""A table as an SCXML document (W3C, 2015) that any conforming processor runs.

Regions are the children of one `<parallel>`. Events and guards are those of `executable`; a guard is `In('state')`,
the only condition that the null data model has. What a transition orders is raised: `rejected`,
`effect.set_replay_session`, `finding.SR201`. A session that embeds the document may listen to these.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

from statemachine.interpreters.diagram.executable import REJECTED, Chart, Place, Transition, charts, identifier
from statemachine.table import Table


def scxml(table: Table) -> str:
    """A table as SCXML."""
    regions = charts(table)
    first = regions[0]
    several = len(regions) > 1
    name = identifier(table.mode)
    initial = name if several else first.places[0].id
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<!-- {table.title.replace('--', '- -')} -->",
        '<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" datamodel="null"'
        f" name={quoteattr(name)} initial={quoteattr(initial)}>",
    ]
    if several:
        lines.append(f"  <parallel id={quoteattr(name)}>")
        for region in regions:
            lines += _region(region)
        lines.append("  </parallel>")
    else:
        for place in first.places:
            lines += _state(place, "  ")
    return "\n".join([*lines, "</scxml>"]) + "\n"


def _region(region: Chart) -> Iterable[str]:
    yield f"    <state id={quoteattr(region.id)} initial={quoteattr(region.places[0].id)}>"
    for place in region.places:
        yield from _state(place, "      ")
    yield "    </state>"


def _state(place: Place, indent: str) -> Iterable[str]:
    yield f"{indent}<state id={quoteattr(place.id)}>"
    for transition in place.transitions:
        yield from _transition(transition, f"{indent}  ")
    yield f"{indent}</state>"


def _transition(transition: Transition, indent: str) -> Iterable[str]:
    condition = "" if transition.within is None else f""" cond="In('{transition.within}')\""""
    target = "" if transition.target is None else f" target={quoteattr(transition.target)}"
    opening = f"{indent}<transition event={quoteattr(' '.join(transition.events))}{condition}{target}"
    raised = [REJECTED] if transition.rejected else []
    raised += [f"effect.{identifier(effect)}" for effect in transition.effects]
    raised += [f"finding.{code}" for code in transition.findings]
    if not raised:
        yield f"{opening}/>"
        return
    yield f"{opening}>"
    yield from (f"{indent}  <raise event={quoteattr(event)}/>" for event in raised)
    yield f"{indent}</transition>"
