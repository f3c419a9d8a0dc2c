"""Where people and platforms come in. Nothing in the package imports these."""
