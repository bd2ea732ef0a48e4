"""figures.py - from what was seen to figures: percentiles, the search for the highest rate, the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

PERCENTILES = (50, 90, 99, 99.9)


def percentile(values: list[float], percent: float) -> float:
    """The smallest value that so many percent of all do not exceed."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[max(0, -int(-len(ordered) * percent // 100) - 1)]


def spread_ms(seconds: list[float]) -> dict[str, float]:
    """p50, p90, p99, p99.9 and the longest, in milliseconds, and of how many."""
    found = {f"p{percent:g}": round(percentile(seconds, percent) * 1000, 1) for percent in PERCENTILES}
    return found | {"max": round(max(seconds, default=float("nan")) * 1000, 1), "count": len(seconds)}


def highest(passes: Callable[[float], bool], first: float, ceiling: float, precision: float) -> float:
    """The highest rate that passes: doubled until one fails, then halved between, to `precision` of the rate; 0: none.

    One that fails is not tried again, and none above it.
    """
    good, bad = 0.0, ceiling * (1 + precision)
    rate = first
    while good == 0.0 or bad - good > good * precision:
        rate = min(rate, ceiling)
        if passes(rate):
            good = rate
            if rate >= ceiling:
                break
        else:
            bad = rate
            if good == 0.0 and bad < 1:
                break
        rate = good * 2 if bad > ceiling else (good + bad) / 2
    return good


def middle(values: list[float]) -> float:
    """The median; of an even number the lower one of the two."""
    return sorted(values)[(len(values) - 1) // 2]


def table(rows: list[tuple[str, object]]) -> str:
    """Two columns for a person."""
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{width}}  {shown(value)}" for name, value in rows)


def shown(value: object) -> str:
    """A figure in as many digits as it has."""
    if isinstance(value, Mapping):
        return "   ".join(f"{name} {shown(each)}" for name, each in value.items())
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value)
