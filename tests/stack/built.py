"""built - the programs that a stack test runs: where they are, and how one of them ends in good order.

    KERVAN_BUILD=build/asan tests/stack/order_test.py     tests what `make LANE=asan` built
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy" / "dev"))
from settings import BUILD  # noqa: E402

BIN = BUILD / "bin"
KERVAN = BIN / "kervan"
# Where sanitizers report, for programs that are started with an environment of their own: tools/sanitized.
SANITIZERS = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
END_TIMEOUT_S = 30


def end_in_order(process: subprocess.Popen[bytes], name: str) -> None:
    """SIGTERM, and an end with status 0: what is lost in memory is counted only by a program that ends by itself."""
    process.terminate()
    try:
        status = process.wait(END_TIMEOUT_S)
    except subprocess.TimeoutExpired as error:
        process.kill()
        process.wait(10)
        raise AssertionError(f"{name} did not end within {END_TIMEOUT_S} s of SIGTERM") from error
    if status != 0:
        raise AssertionError(f"{name} ended with {status} on SIGTERM")
