"""`python -m statemachine.suites.harness FILE`: serve the `adapter` that a Python file defines."""

from __future__ import annotations

import runpy
import sys

from statemachine.suites.harness import serve

if __name__ == "__main__":
    serve(runpy.run_path(sys.argv[1])["adapter"]())
