"""`python -m statemachine`."""

from statemachine.entrypoints.cli import main

main(prog_name="statemachine")
