"""Hypothesis, the same for every run: no deadline (machines differ), no saved examples."""

from hypothesis import settings

settings.register_profile("suite", deadline=None, database=None, derandomize=True)
settings.load_profile("suite")
