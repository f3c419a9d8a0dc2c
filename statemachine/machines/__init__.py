"""The three tables, one file a mode, and the core that they share."""

from __future__ import annotations

from typing import Final

from statemachine.errors import UnknownNameError, shown
from statemachine.machines.actions import ACTIONS
from statemachine.machines.classic_cloud import CLASSIC_CLOUD
from statemachine.machines.classic_device import CLASSIC_DEVICE
from statemachine.table import Table

TABLES: Final = {table.mode: table for table in (ACTIONS, CLASSIC_DEVICE, CLASSIC_CLOUD)}
"""The three tables, by the names of their modes."""


def table_of(mode: str) -> Table:
    """Return the table of a mode by its name. Raises UnknownNameError, naming the three."""
    try:
        return TABLES[mode]
    except (KeyError, TypeError):
        raise UnknownNameError(f"no mode {shown(mode)}; the modes are {', '.join(TABLES)}") from None


__all__ = ["ACTIONS", "CLASSIC_CLOUD", "CLASSIC_DEVICE", "TABLES", "table_of"]
