"""further.py - a further instance of a service, beside the one that supervisord holds."""

from __future__ import annotations

import os
import signal
import subprocess

from system import System, figures_at, free_ports, wait_until
from bring_up import answers_200  # system.py has put its folder on the path

START_S, END_S = 20, 20


class Further:
    """One process."""

    def __init__(self, system: System, service: str, number: int = 2) -> None:
        """Start it as instance SERVICE-NUMBER, and wait until it is ready."""
        program = next(one for one in system.stack.programs() if one.name == service)
        self.name, port = f"{service}-{number}", free_ports(1)[0]
        self.url = f"http://127.0.0.1:{port}"
        environment = os.environ | program.environment | {
            "KERVAN_INSTANCE": self.name, "KERVAN_HTTP_PORT": str(port),
            "KERVAN_STACK": str(system.settings.run_dir)}
        with system.log(self.name).open("ab") as log:
            self.process = subprocess.Popen(program.command, env=environment, cwd=program.folder, stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL)
        wait_until(self.name, START_S, lambda: answers_200(f"{self.url}/readyz"), system.log(self.name))

    def figures(self) -> dict[str, float]:
        """Its metrics."""
        return figures_at(self.url)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send it a signal, and wait until it is gone; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(END_S)
