"""instances.py - programs that the lab starts itself: further instances of a service, and ones that die where told."""

from __future__ import annotations

import os
import signal
import subprocess
import time

from lab import Lab
from bring_up import answers_200
from basics import LOCALHOST, free_ports

START_S, END_S = 30, 40


class Instance:
    """One process of a service, beside supervisord's or in its place."""

    def __init__(self, lab: Lab, service: str, number: int = 2, **extra: str) -> None:
        """Start it; `number` 1 takes the place, the port and the lanes of the one that supervisord held."""
        program = next(one for one in lab.system.stack.programs() if one.name == service)
        self.lab, self.service, self.number = lab, service, number
        self.port = int(program.environment["KERVAN_HTTP_PORT"]) if number == 1 else free_ports(1)[0]
        environment = os.environ | program.environment | extra | {
            "KERVAN_INSTANCE": f"{service}-{number}", "KERVAN_HTTP_PORT": str(self.port),
            "KERVAN_STACK": str(lab.system.settings.run_dir)}
        with (lab.system.settings.log_dir / f"{service}-{number}.lab.log").open("ab") as log:
            self.process = subprocess.Popen(program.command, env=environment, cwd=program.folder, stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL)

    def is_ready(self) -> bool:
        """Does it do its work?"""
        return answers_200(f"http://{LOCALHOST}:{self.port}/readyz")

    def await_ready(self) -> Instance:
        """Wait until it is ready."""
        self.lab.wait(f"{self.service}-{self.number}", self.is_ready, START_S)
        return self

    def await_death(self, timeout_s: float) -> float:
        """Wait until a fault point killed it; when that was."""
        try:
            self.process.wait(timeout_s * self.lab.patience)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"{self.service} did not come to its fault point in {timeout_s:g} s") from error
        if self.process.returncode != -signal.SIGKILL:
            raise AssertionError(f"{self.service} ended with {self.process.returncode} instead of dying")
        return time.monotonic()

    def send(self, number: signal.Signals) -> None:
        """A signal."""
        self.process.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it, and wait until it is gone; in good order it ends with status 0."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            status = self.process.wait(END_S)
        except subprocess.TimeoutExpired as error:
            self.process.kill()
            self.process.wait(END_S)
            raise AssertionError(f"{self.service}-{self.number} did not end on {number.name}") from error
        if number == signal.SIGTERM and status != 0:
            raise AssertionError(f"{self.service}-{self.number} ended with {status} on SIGTERM")
        self.note_death(number)

    def note_death(self, number: signal.Signals) -> None:
        """The judge is told of mails that may come again."""
        if self.service == "notification" and number == signal.SIGKILL:
            self.lab.lose_mail_answers()
