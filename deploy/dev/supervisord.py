"""supervisord.py - Debian's supervisord with one fault of its version 4.2.5 cured.

It goes on polling the number of a pipe that it closed when a program was killed; once another file has that number
it spins at a good part of a core for ever. Its loop names all that it wants to poll at each turn, so it is enough to
forget after each turn what was polled. It is run by `python3 -P`,
or supervisor.py beside this file would hide Debian's.
"""

from __future__ import annotations

from supervisor import options, supervisord
from supervisor.poller import SelectPoller


class ForgetfulPoller(SelectPoller):
    """Polls what was named since the last time."""

    def poll(self, timeout: float) -> tuple[list[int], list[int]]:
        """What can be read and what can be written."""
        found = super().poll(timeout)
        self.unregister_all()
        return found


if __name__ == "__main__":
    options.poller.Poller = ForgetfulPoller
    supervisord.main()
