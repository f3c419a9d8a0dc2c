"""Every bound on what one input may cost, in one place: memory, time, and what is repeated of a value.

The first sentence below each says what is counted, the rest what happens there and why. SECURITY.md has them all.
"""

from __future__ import annotations

from typing import Final

# What is read
MAX_LINE_BYTES: Final = 16 * 2**20
"""Bytes of a line. A longer one is a finding (SR901), not parsed: memory stays bounded."""
LONGEST_VALUE: Final = 4 * MAX_LINE_BYTES
"""Bytes of one value of a HAR. A longer one ends the reading, as it would have to be held."""
BLOCK_BYTES: Final = 4 * 2**20
"""Bytes of a piece of a log, or one line. What is unpacked is never held whole, so a bomb costs time alone."""
ROWS: Final[int] = 2**12
"""Rows of CSV in a piece. Fewer, if they are long."""
MOST_COLUMNS: Final = 2**14
"""Columns of CSV. More are one line with exit 2. A row may be as long as a line may."""
LONGEST_FOOTER: Final = 2**24
"""Bytes of the footer of Parquet. A longer one, of a file of very many columns, is one line with exit 2."""
BATCH_ROWS: Final = 2**14
"""Rows of Parquet in a piece. Fewer, if they are long."""
BATCH_BYTES: Final = 2**25
"""Bytes of Parquet in a piece, by the sizes that a row group tells. A row is held whole."""
LARGEST_COLUMN: Final = 2**26
"""Bytes of a column of Parquet in a row group, unpacked. A larger one is read only if it is little packed."""
MOST_PACKED: Final = 256
"""Times that such a column may be larger than in the file. One that is more is a bomb, and ends the reading."""
SMALLEST_PAGE: Final = 12
"""Bytes of a page of Parquet with its header, at least. A file with more pages names some of them twice: a bomb."""
WORD_BYTES: Final = 48
"""Bytes of memory for a word of a dictionary of Parquet, however short. They are bounded as those of a column are."""
AHEAD: Final = 2
"""Pieces a process that may be waiting. More would only take memory."""
LONGEST_TIME: Final = 64
"""Characters of a time. A longer text is none, and is not searched."""

# What is kept
WINDOW: Final = 65_536
"""Message IDs among which a repeated delivery is recognised, at least. Twice as many are held at the most."""
HELD_IN_MEMORY: Final = 2**20
"""Bytes of a log's beginning in memory while its mode is not known. The rest waits in a temporary file."""
SPILL_BYTES: Final = 2**28
"""Bytes of the table of devices in memory. A larger one is kept in temporary files."""
DEVICES_IN_MEMORY: Final = 4096
"""Device IDs of shells in memory. More go to a temporary database."""
RUN_EVENTS: Final = 2**16
"""Events that are sorted in memory. More are sorted in runs, in a temporary file."""
CHUNK_EVENTS: Final = 2**7
"""Events of a run in memory while runs are merged."""
MOST_RUNS: Final = 2**8
"""Runs that are merged at once. Of more, the first are made one."""
GROUP_ROWS: Final = 2**16
"""Rows of an output that wait to be written, or fewer."""
GROUP_BYTES: Final = 2**24
"""Bytes of an output that wait to be written."""

# What is repeated of a value that was read
LONGEST_ID: Final = 2048
"""Characters of an ID that a finding repeats. Amplitude refuses IDs over 1,024."""
SHOWN_CHARACTERS: Final = 80
"""Characters of an untrusted value that a message repeats. Its length is told."""

# Reports for people
MOST_SUBJECTS: Final = 2_000
"""Devices that a page lists. The worst ones, then those without findings; how many there are is told."""
MOST_SESSIONS: Final = 50_000
"""Sessions that a page lists. An even share for each device, those with findings first."""
MOST_STEPS: Final = 20_000
"""Events that a page shows. Those of the worst devices."""
MOST_STEPS_EACH: Final = 500
"""Events of one device that a page shows. Those around its findings."""
MOST_FINDINGS: Final = 100_000
"""Findings that a page lists. The rest are counted."""
LONGEST_SHOWN: Final = 200
"""Characters of an ID that a page repeats. The beginning tells it from others."""
MARKDOWN_CHARACTERS: Final = 32_000
"""Characters of a report in Markdown. Jira takes 32,767 in a field, GitHub 65,536."""
LONGEST_MARKDOWN: Final = 400
"""Characters of one piece of data in Markdown. Its length is told."""

# Integrations and other programs
TIMEOUT_SECONDS: Final = 5.0
"""Seconds for a reply of a program under `conform`. `--timeout` is another; then it is ended."""
LONGEST_LINE: Final = 2**20
"""Bytes of a reply of a program. A longer one is garbage, and ends it."""
LAST_WORDS: Final = 500
"""Bytes of a program's standard error that are told when it failed; characters of what an integration threw."""
MOST_REMEMBERED: Final = 20_000
"""Beginnings of pages whose last observation is remembered. They tell a program that is not deterministic."""
LONGEST_TOLD: Final = 200
"""Characters of a call or an observation that are told."""
TRIED: Final = 20_000
"""Streams that are tried to find the shortest one that shows a defect."""
ANSWERED_WITHIN: Final = 30
"""Seconds for a page's requests in the browser. They are answered by this program."""
TLC_SECONDS: Final = 300
"""Seconds for one model of `verify`. Then it is ended, and has proved nothing."""
