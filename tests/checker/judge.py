"""judge.py - all rules, and what they say about some evidence."""

from __future__ import annotations

from dataclasses import dataclass, field

from evidence import Evidence, Finding, Rule
from rules_effect import EFFECT_RULES
from rules_money import MONEY_RULES
from rules_order import ORDER_RULES
from rules_rebuilt import REBUILT_RULES
from rules_stock import STOCK_RULES
from rules_stream import STREAM_RULES

RULES: tuple[Rule, ...] = (*STREAM_RULES, *STOCK_RULES, *MONEY_RULES, *ORDER_RULES, *REBUILT_RULES,
                           *EFFECT_RULES)
SHOWN = 10


@dataclass
class Verdict:
    """What one rule found, or why it could not look."""

    rule: Rule
    findings: list[Finding] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    skipped: bool = False

    @property
    def word(self) -> str:
        """The verdict in a word or two."""
        if self.missing:
            return "not judged"
        if self.skipped:
            return "not now"
        return f"{len(self.findings)} wrong" if self.findings else "holds"


def judge(evidence: Evidence, at_rest: bool = True, only: str | None = None) -> list[Verdict]:
    """Apply every rule, or one; while things are under way only those that hold at every moment."""
    verdicts = []
    for rule in (rule for rule in RULES if only in (None, rule.name)):
        missing = rule.missing(evidence)
        skipped = not at_rest and not rule.live
        findings = [] if missing or skipped else list(rule.judge(evidence))
        verdicts.append(Verdict(rule, findings, missing, skipped))
    return verdicts


def findings_of(verdicts: list[Verdict]) -> list[Finding]:
    """All that is wrong."""
    return [finding for verdict in verdicts for finding in verdict.findings]


def report(verdicts: list[Verdict]) -> str:
    """A table for people, and below it what is wrong."""
    lines = [f"{verdict.word:>12}  {verdict.rule.name:<15} {verdict.rule.promise}"
             + (f" (lacks {', '.join(verdict.missing)})" if verdict.missing else "") for verdict in verdicts]
    for verdict in verdicts:
        lines += [f"  {finding}" for finding in verdict.findings[:SHOWN]]
        if len(verdict.findings) > SHOWN:
            lines.append(f"  {verdict.rule.name}: and {len(verdict.findings) - SHOWN} more")
    return "\n".join(lines)
