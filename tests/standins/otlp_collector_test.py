"""The collector takes what the standard allows, shows it, and refuses the rest."""
from __future__ import annotations

import json
from typing import Any, Callable

import pytest

from harness import Standin

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def request(**changes: Any) -> dict[str, Any]:
    """An export request of one span, with some of its members changed."""
    span = {"traceId": TRACE, "spanId": SPAN, "name": "process order.events", "kind": 5,
            "startTimeUnixNano": "1", "endTimeUnixNano": "2", "status": {},
            "attributes": [{"key": "kervan.lane", "value": {"intValue": "3"}}]} | changes
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "order"}}]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]}


def send(collector: Standin, body: Any, kind: str = "application/json") -> int:
    """Post it; the status."""
    return collector.call("POST", "/v1/traces", json.dumps(body), {"Content-Type": kind}).status


@pytest.fixture
def collector(launch: Callable[..., Standin]) -> Standin:
    """A collector of its own."""
    return launch("otlp_collector.py", "--limit", "2")


def test_shows_what_it_took(collector: Standin) -> None:
    """By trace, and not more than it may keep."""
    assert [send(collector, request()) for _ in range(3)] == [200, 200, 200]
    spans = collector.call("GET", f"/spans?trace={TRACE}").json()
    assert len(spans) == 2
    assert (spans[0]["service"], spans[0]["id"], spans[0]["attributes"]) == ("order", SPAN, {"kervan.lane": 3})
    assert collector.call("GET", "/spans?trace=other").json() == []
    assert collector.call("DELETE", "/spans").status == 200
    assert collector.call("GET", "/count").json() == {"spans": 0, "refused": 0}


@pytest.mark.parametrize("changes", [
    {"traceId": TRACE.upper()}, {"spanId": "1"}, {"parentSpanId": ""}, {"kind": "SPAN_KIND_SERVER"}, {"kind": 0},
    {"name": ""}, {"startTimeUnixNano": 1}, {"endTimeUnixNano": "0"},
    {"attributes": [{"key": "lane", "value": {"intValue": 3}}]}, {"attributes": 1},
])
def test_refuses_what_is_malformed(collector: Standin, changes: dict[str, Any]) -> None:
    """A span that a real collector would not understand is no span."""
    assert send(collector, request(**changes)) == 400
    assert collector.call("GET", "/count").json() == {"spans": 0, "refused": 1}


def test_refuses_what_is_no_request(collector: Standin) -> None:
    """Another type, or no JSON of that shape."""
    assert send(collector, request(), "text/plain") == 400
    assert send(collector, {}) == 400
    assert send(collector, []) == 400
