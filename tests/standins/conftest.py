"""Stand-ins shared by the tests; each test begins with empty books and no faults."""
from __future__ import annotations

from typing import Any, Callable, Iterator

import pytest

from harness import Standin, Target, wait_until

QUICK = ("--webhook-backoff-ms", "20", "--webhook-tries", "4", "--webhook-timeout-ms", "1000")


@pytest.fixture(scope="session")
def the_target() -> Iterator[Target]:
    """One webhook target for all tests."""
    target = Target()
    yield target
    target.close()


@pytest.fixture(scope="session")
def the_provider(the_target: Target) -> Iterator[Standin]:
    """The payment provider's process."""
    standin = Standin("payment_provider.py", "--webhook-url", the_target.url, "--slow-ms", "300", *QUICK)
    yield standin
    assert standin.stop() == 0


@pytest.fixture(scope="session")
def the_carrier(the_target: Target) -> Iterator[Standin]:
    """The carrier's process."""
    standin = Standin("carrier.py", "--webhook-url", the_target.url, "--refund-ms", "20", *QUICK,
                      secret="sécret")
    yield standin
    assert standin.stop() == 0


@pytest.fixture(scope="session")
def the_mail() -> Iterator[Standin]:
    """The mail server's process."""
    standin = Standin("mail_catcher.py", "--size-limit", "100000")
    yield standin
    assert standin.stop() == 0


def empty(standin: Standin, target: Target, **order: Any) -> Standin:
    """Resets a stand-in and its target, once nothing of the test before is under way."""
    standin.control(reset=True, webhook="normal", webhook_url=target.url, **order)
    wait_until(lambda: standin.control()["webhooks"]["in_flight"] == 0, "old webhooks to end")
    target.clear()
    return standin


@pytest.fixture
def target(the_target: Target) -> Target:
    """The target, with nothing received."""
    the_target.clear()
    return the_target


@pytest.fixture
def provider(the_provider: Standin, target: Target) -> Standin:
    """An empty payment provider."""
    return empty(the_provider, target, slow_ms=300)


@pytest.fixture
def carrier(the_carrier: Standin, target: Target) -> Standin:
    """An empty carrier."""
    return empty(the_carrier, target, trip="normal",
                 transit_ms="pre_transit=20,in_transit=20,out_for_delivery=20,delivered=20")


@pytest.fixture
def mail(the_mail: Standin) -> Standin:
    """An empty mail server."""
    the_mail.control(reset=True)
    return the_mail


@pytest.fixture
def launch() -> Iterator[Callable[..., Standin]]:
    """Starts stand-ins for one test, and ends them however it ends."""
    started: list[Standin] = []

    def start(program: str, *options: str) -> Standin:
        started.append(Standin(program, *options))
        return started[-1]
    yield start
    for standin in started:
        standin.kill()
