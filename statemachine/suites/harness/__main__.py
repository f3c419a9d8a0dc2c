"""`python -m statemachine.suites.harness FILE`: serve the `adapter` that a Python file defines."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import cast

from statemachine.suites.adapter import Adapter
from statemachine.suites.harness import serve

if __name__ == "__main__":
    protocol = sys.stdout
    with redirect_stdout(sys.stderr):  # what the file prints is no reply
        found = runpy.run_path(sys.argv[1]).get("adapter")
        if not callable(found):
            sys.exit(f"{sys.argv[1]} has no function `adapter`; expected one that returns an adapter")
        serve(cast(Callable[[], Adapter], found)(), target=protocol)
