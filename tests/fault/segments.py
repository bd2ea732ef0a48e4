"""segments.py - what a bad disk does to a log: a tail that is gone, a batch that is gone from the middle.

Kafka's batches (message format 2) begin with their base offset (8 bytes) and their length behind that (4 bytes).
The broker is stopped meanwhile; what it keeps about a segment is removed, so that it reads the segment anew.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

HEAD = struct.Struct(">qi")
KEPT_ABOUT = ("*.index", "*.timeindex", "*.snapshot", "*.txnindex")


def segment(data: Path, topic: str, lane: int) -> Path:
    """The last segment of a partition."""
    return sorted((data / f"{topic}-{lane}").glob("*.log"))[-1]


def batches(path: Path) -> list[bytes]:
    """The batches of a segment, one after the other."""
    data, found, at = path.read_bytes(), [], 0
    while at + HEAD.size <= len(data):
        _, length = HEAD.unpack_from(data, at)
        if length <= 0:
            break  # the rest was made beforehand, and is empty
        found.append(data[at:at + HEAD.size + length])
        at += HEAD.size + length
    return found


def forget(path: Path) -> None:
    """Remove what the broker keeps about the segment."""
    for pattern in KEPT_ABOUT:
        for file in path.parent.glob(pattern):
            file.unlink()


def cut_tail(path: Path, count: int) -> int:
    """Take the last batches away; how many bytes went."""
    kept = batches(path)
    gone = sum(map(len, kept[-count:]))
    os.truncate(path, sum(map(len, kept)) - gone)
    forget(path)
    return gone


def cut_middle(path: Path, behind: int) -> int:
    """Take one batch away that has others behind it, none of them before offset `behind`; its offset, or -1."""
    kept = batches(path)
    for index, batch in enumerate(kept[:-1]):
        offset = HEAD.unpack_from(batch)[0]
        if offset > behind:
            path.write_bytes(b"".join(kept[:index] + kept[index + 1:]))
            forget(path)
            return int(offset)
    return -1
