"""small_model - what the small models share: rules by name, faults counted down."""

from __future__ import annotations

from typing import Any


class SmallModel:
    """A model whose rules are names; a hole is a model made without some of them."""

    rules: frozenset[str] = frozenset()

    def __init__(self, *without: str) -> None:
        unknown = set(without) - self.rules
        if unknown:
            raise ValueError(f"no such rule: {', '.join(sorted(unknown))}")
        self.without = frozenset(without)

    def keeps(self, rule: str) -> bool:
        """Whether a rule is in force."""
        if rule not in self.rules:
            raise ValueError(f"no such rule: {rule}")
        return rule not in self.without

    def canonical(self, state: Any) -> Any:
        """Small models tell all their states apart."""
        return state


def replaced(items: tuple, index: int, item: Any) -> tuple:
    """The tuple with one item changed."""
    return items[:index] + (item,) + items[index + 1:]
