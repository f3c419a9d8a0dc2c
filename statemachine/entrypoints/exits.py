"""Exit statuses of the commands, besides 0 and 1."""

from typing import Final

USAGE: Final = 2
INTERRUPTED: Final = 130
