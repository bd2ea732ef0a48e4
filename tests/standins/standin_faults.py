"""Faults that a stand-in can be told to show, each with its own seeded chance."""
from __future__ import annotations

import random
from typing import Any, Optional

FAULTS = ("none", "down", "slow", "error_500", "timeout_after_acting",
          "timeout_before_acting", "reset", "rate_limit")
DEFAULT_DELAY_MS = {"slow": 1000, "timeout_after_acting": 30000, "timeout_before_acting": 30000}
MAX_DELAY_MS = 3_600_000
DEFAULT_SEED = 1


class ControlError(ValueError):
    """A control call that asks for something that is not there."""


def number_in(order: dict[str, Any], name: str, default: Any, low: float, high: float) -> Any:
    """A number from a control call, within its limits."""
    value = order.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise ControlError(f"{name} must be a number from {low} to {high}")
    return value


class Fault:
    """One fault on one operation, for a number of requests or for ever."""

    __slots__ = ("kind", "operation", "left", "delay_ms", "probability", "chance", "acted", "status",
                 "hits")

    def __init__(self, order: dict[str, Any]) -> None:
        self.kind: str = order["fault"]
        self.operation: str = order.get("operation", "*")
        self.left: Optional[int] = number_in(order, "count", None, 1, 1_000_000_000)
        self.delay_ms: float = number_in(
            order, "delay_ms", DEFAULT_DELAY_MS.get(self.kind, 0), 0, MAX_DELAY_MS)
        self.probability: float = number_in(order, "probability", 1.0, 0, 1)
        self.chance = random.Random(number_in(order, "seed", DEFAULT_SEED, 0, 2**63))
        self.status: Optional[int] = number_in(order, "status", None, 400, 599)
        self.acted: bool = order.get("after_acting") is True
        self.hits = 0

    def strikes(self) -> bool:
        """Whether this request is hit; counts it when it is."""
        if self.left == 0 or (self.probability < 1 and self.chance.random() >= self.probability):
            return False
        if self.left is not None:
            self.left -= 1
        self.hits += 1
        return True

    def describe(self) -> dict[str, Any]:
        """The fault as the control call shows it."""
        return {"fault": self.kind, "operation": self.operation, "left": self.left,
                "delay_ms": self.delay_ms, "probability": self.probability, "hits": self.hits}


class Faults:
    """At most one fault an operation; `*` stands for every operation without its own."""

    def __init__(self, operations: tuple[str, ...]) -> None:
        self.operations = operations + ("*",)
        self.by_operation: dict[str, Fault] = {}

    def set(self, order: dict[str, Any]) -> None:
        """Takes a control call; `none` ends the operation's fault, on `*` all faults."""
        kind, operation = order.get("fault"), order.get("operation", "*")
        if kind not in FAULTS:
            raise ControlError(f"fault must be one of {', '.join(FAULTS)}")
        if operation not in self.operations:
            raise ControlError(f"operation must be one of {', '.join(self.operations)}")
        if kind != "none":
            self.by_operation[operation] = Fault(order)
        elif operation == "*":
            self.by_operation.clear()
        else:
            self.by_operation.pop(operation, None)

    def take(self, operation: str) -> Optional[Fault]:
        """The fault that strikes this request, if any."""
        if not self.by_operation:
            return None
        fault = self.by_operation.get(operation) or self.by_operation.get("*")
        return fault if fault is not None and fault.strikes() else None

    def clear(self) -> None:
        """Ends all faults."""
        self.by_operation.clear()

    def describe(self) -> list[dict[str, Any]]:
        """All faults that are set."""
        return [fault.describe() for fault in self.by_operation.values()]
