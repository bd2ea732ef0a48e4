"""engine - a Docker engine for the tests: the one that runs, or a private one that is started and ended here."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy" / "dev"))
from basics import StackError, end_processes, run_checked, wait_until  # noqa: E402

CACHE = Path(os.environ.get("KERVAN_CONTAINERS_DIR", "/var/cache/kervan-containers"))
START_TIMEOUT_S = 60
COMMAND_TIMEOUT_S = 60


class Engine:
    """Runs docker's commands; images that were made are kept in CACHE for the next time."""

    def __init__(self) -> None:
        """Nothing is started yet."""
        self.process: subprocess.Popen[bytes] | None = None
        self.environment = dict(os.environ) | {"DOCKER_BUILDKIT": "0"}

    def __enter__(self) -> Engine:
        """Find an engine, or start one with a folder and a socket of its own."""
        if not self._answers():
            self._start()
        return self

    def __exit__(self, *unused: object) -> None:
        """End what was started."""
        if self.process is not None:
            end_processes([self.process.pid], 30)
            self.process.wait(10)
            self.runtime.cleanup()

    def run(self, *words: str, timeout_s: float = COMMAND_TIMEOUT_S) -> str:
        """A command of docker; its output."""
        return run_checked(f"docker {words[0]}", ["docker", *words], timeout_s, env=self.environment)

    def has_image(self, name: str) -> bool:
        """Is the image here?"""
        return name in self.run("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split()

    def size_bytes(self, image: str) -> int:
        """Of all layers, uncompressed."""
        return int(self.run("image", "inspect", "--format", "{{.Size}}", image))

    def _answers(self) -> bool:
        try:
            return subprocess.run(["docker", "info"], env=self.environment, check=False, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, timeout=COMMAND_TIMEOUT_S).returncode == 0
        except FileNotFoundError as error:
            raise StackError("docker is missing; run deploy/dev/install.sh containers") from error

    def _start(self) -> None:
        if os.geteuid() != 0:
            raise StackError("no Docker engine answers, and to start one needs root")
        CACHE.mkdir(parents=True, exist_ok=True)
        self.runtime = tempfile.TemporaryDirectory(prefix="kervan-engine-", dir="/run")
        folder, log = Path(self.runtime.name), CACHE / "dockerd.log"
        self.environment["DOCKER_HOST"] = f"unix://{folder}/docker.sock"
        words = ["dockerd", "--data-root", str(CACHE / "data"), "--exec-root", str(folder / "exec"), "--pidfile",
                 str(folder / "pid"), "--host", self.environment["DOCKER_HOST"]]
        with log.open("wb") as file:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        process = self.process

        def ready() -> bool:
            if process.poll() is not None:
                raise StackError(f"dockerd ended by itself; see {log}")
            return self._answers()

        wait_until("the start of dockerd", START_TIMEOUT_S, ready, log)
