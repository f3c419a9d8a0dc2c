"""`python -m statemachine`, and the command `statemachine`."""

from statemachine.entrypoints.exits import quiet_until_then


def program() -> None:
    """Run the command line."""
    quiet_until_then()
    from statemachine.entrypoints.cli import main  # what it needs takes a moment to load

    main(prog_name="statemachine")


if __name__ == "__main__":
    program()
