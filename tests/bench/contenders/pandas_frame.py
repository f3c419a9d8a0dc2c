"""pandas: NDJSON in chunks of rows, or Parquet; then groupby and cummax over the narrow columns. FILE."""

from __future__ import annotations

import json
import sys
from typing import Any

import pandas as pd

from tests.bench.contenders.json_loop import REPLAY_ID

CHUNK = 5_000  # larger ones take longer: each is parsed into objects, all of which are alive at once


def narrow(chunk: Any) -> Any:
    """Device, session ID and replay ID of every row of a chunk."""
    devices = [(context.get("device") or {}).get("id") for context in chunk["context"]]
    sessions = [(one.get("Actions Amplitude") or {}).get("session_id") for one in chunk["integrations"]]
    return pd.DataFrame(
        {
            "device": pd.Series(devices, chunk.index, dtype=object).fillna(chunk["anonymousId"]),
            "session": pd.array(sessions, dtype="Int64"),
            "replay": [properties.get(REPLAY_ID) for properties in chunk["properties"]],
        }
    )


def read(path: str) -> Any:
    """The narrow columns of a file."""
    if not path.endswith(".parquet"):
        with pd.read_json(path, lines=True, chunksize=CHUNK, convert_dates=False, dtype=False) as chunks:
            return pd.concat(map(narrow, chunks), ignore_index=True)
    session, replay = "integrations_actions_amplitude_session_id", "amplitude_session_replay_id"
    names = ["context_device_id", "anonymous_id", session, replay]
    found = pd.read_parquet(path, columns=names)
    device = found["context_device_id"].fillna(found["anonymous_id"])
    return pd.DataFrame({"device": device, "session": found[session].astype("Int64"), "replay": found[replay]})


def counted(found: Any) -> dict[str, int]:
    """Count what is wrong."""
    session = found["session"]
    given = session.fillna(0)
    before = given.groupby(found["device"]).cummax().groupby(found["device"]).shift(fill_value=0)
    regressed = session.notna() & (given < before)
    taken = session.notna() & ~regressed & found["replay"].notna()
    wrong = found[taken & (found["replay"] != found["device"] + "/" + given.astype(str))]
    parts = wrong["replay"].str.split("/", n=1, expand=True).reindex(columns=[0, 1])
    tagged, left = pd.to_numeric(parts[1]), before[wrong.index]
    late = (parts[0] == wrong["device"]) & (wrong["session"] > left) & (tagged < wrong["session"])
    late &= (left == 0) | (left == tagged)
    return {
        "events": len(found),
        "regressed": int(regressed.sum()),
        "late": int(late.sum()),
        "mismatched": int((~late).sum()),
        "missing": int(session.isna().sum()),
    }


if __name__ == "__main__":
    print(json.dumps(counted(read(sys.argv[1]))))
