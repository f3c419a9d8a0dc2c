"""Plain text as Markdown."""

from __future__ import annotations

import re


def plain(text: str) -> str:
    """Text whose signs mean nothing to Markdown."""
    return re.sub(r"([\\`*_\[\]<>|#~$])", r"\\\1", text)
