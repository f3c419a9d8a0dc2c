"""Other readings of the same tables. They never import each other."""
