"""A process that has everything loaded, and begins the command line in a copy of itself: a run takes no time to start.

It reads requests, one JSON object a line, and answers each with the process ID and then with the exit status. A run is
the leader of a session of its own: so its processes can be found, whoever they belong to when it is killed.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
import tempfile
from typing import Any

import jinja2  # noqa: F401
import pyarrow.parquet  # noqa: F401

import statemachine.entrypoints.checking
import statemachine.entrypoints.conform
import statemachine.entrypoints.run
import statemachine.entrypoints.verify
import statemachine.formats.html.rendered
import statemachine.interpreters.diagram  # noqa: F401
from statemachine.__main__ import program
from statemachine.entrypoints.exits import quiet_until_then
from tests.faults.mutants import MUTANTS
from tests.faults.runs import MARKER

ENDING = {signal.SIGINT, signal.SIGTERM}


def begin(request: dict[str, Any]) -> None:
    """Be a run: in this process, which is a copy."""
    os.setsid()
    os.chdir(request["folder"])
    os.environ |= {"TMPDIR": request["temporary"], MARKER: str(os.getpid())}
    tempfile.tempdir = None
    for number, path in enumerate((request["stdin"], request["stdout"], request["stderr"])):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        os.dup2(os.open(path, flags, 0o600), number)
    for name in request["mutants"]:
        MUTANTS[name]()
    if request["bound"]:
        bound_by_permissions()
    if request["limit"] is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["limit"], request["limit"]))
    sys.argv = ["statemachine", *request["arguments"]]
    quiet_until_then()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    program()


def bound_by_permissions() -> None:
    """Give up what lets root read and list everything; for anyone else there is nothing to give up."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice 32 bits
    if libc.capget(header, sets):
        raise OSError(ctypes.get_errno(), "capget")
    for n in range(3):
        sets[n] &= ~0b110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    if libc.capset(header, sets):
        raise OSError(ctypes.get_errno(), "capset")


def serve() -> None:
    """Answer requests until there are no more."""
    answers = os.fdopen(os.dup(1), "w")
    os.set_inheritable(answers.fileno(), False)
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    print("ready", file=answers, flush=True)
    while line := sys.stdin.readline():
        process = os.fork()
        if not process:
            answers.close()
            begin(json.loads(line))
            return
        print(process, file=answers, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), file=answers, flush=True)


if __name__ == "__main__":
    serve()
