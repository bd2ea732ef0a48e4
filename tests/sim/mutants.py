#!/usr/bin/python3
"""mutants.py - holds the simulation to its word: every deliberate defect must be found.

Each is a name that the sources ask for (common/mutant.h), switched on for one run.  What ends the program, or
lets it run for ever, is found, too.

    tests/sim/mutants.py build/sim/bin/sim [NAME ...]      prints the table, writes .run/mutants.json
"""
import json
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

SEED = 1
ORDERS = 20000
GUARD_SEEDS = 8
PATIENCE_CPU_S = 240
MUTANTS = {
    "skip_fence": "a batch of an owner that was replaced counts",
    "ignore_lost_tail": "what the broker lost is not published again",
    "republish_nothing": "after trouble nothing is published from the table",
    "number_with_gap": "a number of a stream is left out",
    "lose_offset": "positions of a lane are not stored",
    "drop_input": "what one lane learns for another is lost",
    "apply_duplicates": "what was seen before is applied again",
    "ignore_gaps": "what comes too early is applied",
    "late_answer_for_new": "the end of one call is taken for that of another",
    "new_key_at_each_try": "a call that is repeated has another key",
    "effects_at_once": "effects of one subject run at the same time",
    "forget_effect": "an effect that was decided is not sent",
    "drop_release": "stock of an order that ended is not given back",
    "drop_consume": "stock that left is not booked",
    "drop_void": "money of an order that ended stays held",
    "drop_refund": "money of an order that ended is kept",
    "keep_credit": "credit of an order that ended stays held",
    "lend_beyond": "a company buys more than it is granted",
    "let_credit_lie": "who waits for credit hears of none that becomes free",
    "count_a_cent": "a capture is booked with a cent too much",
    "forget_receipt": "money that came is not in the books",
    "forget_lost": "what a dispute took is not counted",
    "lose_dispute": "a dispute of the provider is not heard of",
    "no_dispute_task": "nobody is asked to answer a dispute",
    "forget_invoice": "what was taken is not invoiced",
    "skip_number": "a number of an invoice is left out",
    "keep_reserved": "what is given back stays reserved",
    "promise_damaged": "damaged pieces are promised",
    "forget_counter_line": "a counter changes without a line of its ledger",
    "forget_binned": "what goes into a bin is not counted at the place",
    "overdraw_bins": "bins keep what is not there any more",
    "forget_lots": "pieces come and leave, and their lots stay as they were",
    "double_serial": "a serial number that is there already comes once more",
    "sell_expired": "a lot whose last day is over stays for sale",
    "sell_early": "a pre-order is given before its day",
    "keep_picked": "what was picked for an order stays its own when it holds it no more",
    "keep_incoming": "what arrived by a transfer stays incoming",
    "expect_received": "what was received from a supplier stays incoming",
    "keep_draft": "a draft keeps what nobody misses any more",
    "buy_twice": "what is missing is bought whatever is incoming",
    "owe_nothing": "what left beyond the books is not owed",
    "keep_alert": "an alert is never closed",
    "keep_mail_alert": "a purchase order that arrived or is over is still to be seen to",
    "forget_count": "what was counted is due as if it was not",
    "forget_tombstone": "a release that came first refuses nothing",
    "commands_backwards": "of the commands that came at once the latest is the first",
    "forget_entry": "a fact is missing in the timeline",
    "do_what_was_not_shown": "an edit is done though it does something else by now",
    "draft_stays_open": "a draft that became an order is a draft still",
    "no_deadline": "an order has no timer",
    "keep_contact": "whom to write to is not erased",
    "tell_twice": "a message that was told is told again",
}
# Defects that another guard covers, and the defect of that guard: hunted together, and found by what the guard's own is
# not found by.  Commands are numbered, so a release never comes first.
GUARDS = {"forget_tombstone": "commands_backwards"}
FOUND = re.compile(r"^seed \d+: (\S+) \(", re.MULTILINE)
ORDERS_RUN = re.compile(r"^seed \d+: (\d+) orders", re.MULTILINE)


def be_patient() -> None:
    """Let a hunt work for so long; that others work at the same time does not count."""
    resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE_CPU_S, PATIENCE_CPU_S + 1))


def hunt(program: str, name: str, seed: int = SEED) -> dict[str, object]:
    """Run with one defect until it is found, or the orders are at an end."""
    command = [program, f"--mutant={name}", f"--seed={seed}", f"--orders={ORDERS}"]
    run = subprocess.run(command, capture_output=True, text=True, preexec_fn=be_patient, timeout=3600,
                         check=False)
    if run.returncode == -signal.SIGXCPU:
        return {"name": name, "found": True, "by": "it never comes to rest", "orders": None}
    rules = sorted(set(FOUND.findall(run.stdout)))
    orders = ORDERS_RUN.search(run.stdout)
    stopped = run.returncode not in (0, 1)
    by_whom = ", ".join(rules) if rules else "the program stops itself" if stopped else ""
    return {"name": name, "found": run.returncode != 0, "by": by_whom, "orders": int(orders[1]) if orders else None}


def hunt_behind_guard(program: str, name: str) -> dict[str, object]:
    """Hunt a defect with that of its guard, where it has one: until a seed tells both from the guard's alone."""
    guard = GUARDS.get(name)
    if guard is None:
        return hunt(program, name)
    for seed in range(SEED, SEED + GUARD_SEEDS):
        result = hunt(program, f"{name},{guard}", seed)
        if result["found"] and result["by"] != hunt(program, guard, seed)["by"]:
            return {**result, "name": name, "with": guard}
    return {**result, "name": name, "found": False, "with": guard}


def main() -> int:
    """Hunt all, or those named."""
    program, names = sys.argv[1], sys.argv[2:] or list(MUTANTS)
    results = []
    for name in names:
        result = hunt_behind_guard(program, name)
        results.append(result)
        verdict = "found" if result["found"] else "NOT FOUND"
        print(f"{name:20} {verdict:10} {result['by']:44} {MUTANTS[name]}", flush=True)
    if len(names) == len(MUTANTS):
        Path(".run").mkdir(exist_ok=True)
        Path(".run/mutants.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return 0 if all(result["found"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
