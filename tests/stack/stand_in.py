"""stand_in - one of the programs that take the place of the outside world, as a process of a stack test."""

from __future__ import annotations

import json
import os
import select
import subprocess
import urllib.error
import urllib.request
from typing import Any

START_S = 20
Body = dict[str, Any]


def fetch(url: str, body: Body | None = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    """Status and JSON behind an address; with a body it is posted."""
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), headers or {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read() or b"null")


class StandIn:
    """A stand-in on a port that stays the same when it comes back."""

    def __init__(self, port: int, words: list[str], **environment: str) -> None:
        """Start at once; `words` is the command, `port` the one of its HTTP side."""
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.words = words
        self.environment = os.environ | environment
        self.start()

    def start(self) -> None:
        """Start, and wait until it listens."""
        self.process = subprocess.Popen(self.words, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                        env=self.environment)
        stream = self.process.stdout
        ready, _, _ = select.select([stream], [], [], START_S)
        if not ready or stream is None or not stream.readline():
            raise AssertionError(f"{self.words[0]} did not start")

    def stop(self) -> None:
        """kill -9; its books stay."""
        self.process.kill()
        self.process.wait(10)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def control(self, **members: Any) -> Any:
        """Set a fault, or do what people, banks and carriers do."""
        status, answer = fetch(f"{self.url}/_control", members)
        if status != 200:
            raise AssertionError(f"{self.words[0]} refuses {members}: {answer}")
        return answer
