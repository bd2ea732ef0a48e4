#!/usr/bin/python3
"""with_kafka - runs a test program with a Kafka of its own, and does to it what the program asks for.

    tests/kafka/with_kafka.py build/dev/kafka/broker_kafka_test

The program finds the broker in KERVAN_KAFKA.  It writes one command a line to descriptor 3, and reads
"ok" or an error from descriptor 4 when it is done:

    restart                  kill -9, then start again
    stop, start              kill -9; start
    cut TOPIC LANE COUNT     kill -9, cut the last COUNT records off a partition's log, start again
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import BinaryIO

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "deploy" / "dev"))
from testenv import Servers  # noqa: E402

BATCH_HEAD = struct.Struct(">qi")
LAST_OFFSET_DELTA = struct.Struct(">i")
LAST_OFFSET_DELTA_AT = 23


def batches(log: bytes) -> list[tuple[int, int]]:
    """The position in the file and the end offset of each batch of records in a segment."""
    found, position = [], 0
    while position + BATCH_HEAD.size <= len(log):
        base_offset, length = BATCH_HEAD.unpack_from(log, position)
        if length <= 0 or position + BATCH_HEAD.size + length > len(log):
            break
        delta = LAST_OFFSET_DELTA.unpack_from(log, position + LAST_OFFSET_DELTA_AT)[0]
        found.append((position, base_offset + delta + 1))
        position += BATCH_HEAD.size + length
    return found


def cut(data: Path, topic: str, lane: int, count: int) -> None:
    """Cut whole batches, exactly `count` records, off the end of a partition that has one segment."""
    segment = max((data / f"{topic}-{lane}").glob("*.log"))
    found = batches(segment.read_bytes())
    end = found[-1][1] - count
    places = [position for (position, _), before in zip(found, [None, *found]) if (before[1] if before else 0) == end]
    if not places:
        raise ValueError(f"no batch of {topic}-{lane} begins at offset {end}")
    os.truncate(segment, places[0])


def obey(servers: Servers, line: str) -> None:
    """Do one command."""
    words = line.split()
    if words[0] in ("restart", "stop", "cut"):
        servers.kill("kafka")
    if words[0] == "cut" and servers.kafka is not None:
        cut(servers.kafka.data, words[1], int(words[2]), int(words[3]))
    if words[0] in ("restart", "start", "cut"):
        servers.start("kafka")


def serve(servers: Servers, commands: BinaryIO, answers: BinaryIO) -> None:
    """Obey until the program ends."""
    for raw in commands:
        try:
            obey(servers, raw.decode())
            answers.write(b"ok\n")
        except Exception as error:  # whatever it is, the program has to hear of it
            answers.write(f"{error}\n".encode()[:190])
        answers.flush()


def run(servers: Servers, command: list[str]) -> int:
    """Run the program with the two pipes as descriptors 3 and 4."""
    command_read, command_write = os.pipe()
    answer_read, answer_write = os.pipe()

    def place() -> None:
        os.dup2(command_write, 63)
        os.dup2(answer_read, 64)
        os.dup2(63, 3)
        os.dup2(64, 4)
        os.closerange(5, 128)

    environment = os.environ | servers.environment()
    with subprocess.Popen(command, env=environment, preexec_fn=place, close_fds=False) as process:
        os.close(command_write)
        os.close(answer_read)
        with os.fdopen(command_read, "rb") as commands, os.fdopen(answer_write, "wb") as answers:
            server = threading.Thread(target=serve, args=(servers, commands, answers))
            server.start()
            status = process.wait()
            server.join(120)
    return status


def main() -> int:
    """Start Kafka, run the program, end as it ends."""
    if len(sys.argv) < 2:
        sys.exit("usage: with_kafka.py PROGRAM...")
    with Servers(kafka=True) as servers:
        return run(servers, sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
