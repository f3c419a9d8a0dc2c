"""`<deviceId>/<sessionId>` has one reading, for IDs of any length (cvc5).

The accepted characters are read from what `parse_device_id` refuses by, over all of Unicode. That the proof is
about `/` and nothing else is shown by the same question with `/` among them: then there is a replay
ID with two readings.
"""

from __future__ import annotations

import sys
import time
from functools import cache

from cvc5 import Kind, Solver, Term

from statemachine.ids import _FOREIGN, DELIMITER
from statemachine.verification.result import Method, Result

LAST_CODE_POINT = 0x2FFFF
"""The alphabet of strings in SMT-LIB ends here; no accepted character is beyond it."""


@cache
def accepted_ranges() -> tuple[tuple[str, str], ...]:
    """The characters that a device ID may have, as ranges."""
    # What `parse_device_id` refuses by, in one pass; to ask it a million times takes seconds, and is a test.
    accepted = [ord(character) for character in _FOREIGN.sub("", "".join(map(chr, range(sys.maxunicode + 1))))]
    if accepted[-1] > LAST_CODE_POINT:
        raise AssertionError(f"U+{accepted[-1]:X} is beyond the alphabet of the solver")
    ranges: list[list[int]] = []
    for code in accepted:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return tuple((chr(first), chr(last)) for first, last in ranges)


def proof(admitted: str = "") -> Result:
    """Prove that no text is two replay IDs; with further characters `admitted`, if that still holds."""
    began = time.perf_counter()
    solver = Solver()
    solver.setLogic("QF_SLIA")
    solver.setOption("produce-models", "true")
    solver.setOption("strings-exp", "true")
    text = solver.getStringSort()
    ranges = [*accepted_ranges(), *((character, character) for character in admitted)]
    characters = [
        solver.mkTerm(Kind.REGEXP_RANGE, solver.mkString(first), solver.mkString(last)) for first, last in ranges
    ]
    identifier = solver.mkTerm(Kind.REGEXP_PLUS, solver.mkTerm(Kind.REGEXP_UNION, *characters))
    parts = [solver.mkConst(text, name) for name in ("device", "session", "other device", "other session")]
    for part in parts:
        solver.assertFormula(solver.mkTerm(Kind.STRING_IN_REGEXP, part, identifier))
    device, session, other_device, other_session = parts
    solver.assertFormula(_equal(solver, _joined(solver, device, session), _joined(solver, other_device, other_session)))
    same = solver.mkTerm(Kind.AND, _equal(solver, device, other_device), _equal(solver, session, other_session))
    solver.assertFormula(solver.mkTerm(Kind.NOT, same))
    answer = solver.checkSat()
    detail = "undecided" if answer.isUnknown() else ""
    if answer.isSat():
        first, second = (f"{solver.getValue(d)} with {solver.getValue(s)}" for d, s in ((device, session), parts[2:]))
        detail = f"one text, two readings: {first}; {second}"
    seconds = time.perf_counter() - began
    name = "a replay ID has one reading" + (f", with {admitted!r} admitted" if admitted else "")
    size = f"{sum(ord(last) - ord(first) + 1 for first, last in ranges)} characters"
    bounds = "IDs of any length"
    return Result("every mode", name, Method.UNBOUNDED, "cvc5", bounds, size, answer.isUnsat(), seconds, (), detail)


def _joined(solver: Solver, device: Term, session: Term) -> Term:
    return solver.mkTerm(Kind.STRING_CONCAT, device, solver.mkString(DELIMITER), session)


def _equal(solver: Solver, one: Term, other: Term) -> Term:
    return solver.mkTerm(Kind.EQUAL, one, other)
