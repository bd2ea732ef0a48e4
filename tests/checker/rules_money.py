"""rules_money.py - money: never more than was allowed, the same in our books and the provider's, and what was sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from evidence import Evidence, Finding, Row, Rule, group, order_id_text

SUCCEEDED = (3,)
# By the provider, and by a person outside of it.
REFUND_SUCCEEDED, REFUND_GIVEN = 4, 7
GIVEN_BACK = (REFUND_SUCCEEDED, REFUND_GIVEN)
# orders.refund: a refund of people that failed, and that they gave then; all others the order told.
OF_STAFF = (5, 6, 7)
CAPTURE, REFUND = 2, 4
SUCCESS, ADJUSTMENT = 2, 4
COMPLETED = 4
# payment.payment.method: money comes by transfer or with the parcel, and no provider knows of it.
WITHOUT_PROVIDER = (TRANSFER, ON_DELIVERY) = (2, 3)
ENDED_EARLY = (5, 6, 7)


# What succeeded counts, and no more when it came back.
BOOKED = {SUCCESS: 1, ADJUSTMENT: -1}


def payment_id(row: Row) -> str:
    """How everybody outside names a payment."""
    return f"{order_id_text(row['order_id'])}-P{row['payment_no']}"


def judge_bounds(evidence: Evidence) -> Iterator[Finding]:
    """Refunded is at most captured, and captured at most authorized."""
    for row in evidence.rows("payment.payment"):
        if not 0 <= row["refunded_minor"] <= row["captured_minor"] <= row["authorized_minor"] <= row["amount_minor"]:
            yield Finding("bounds", payment_id(row),
                          f"refunded {row['refunded_minor']}, captured {row['captured_minor']}, authorized "
                          f"{row['authorized_minor']} of {row['amount_minor']}")


def judge_sums(evidence: Evidence) -> Iterator[Finding]:
    """What was captured and refunded is the sum of its parts, and of the ledger."""
    captures = group(evidence.rows("payment.payment_capture"), "order_no", "payment_no")
    refunds = group(evidence.rows("payment.payment_refund"), "order_no", "payment_no")
    ledger = group(evidence.rows("payment.payment_event"), "order_no", "payment_no")
    for row in evidence.rows("payment.payment"):
        name = (row["order_no"], row["payment_no"])
        for word, parts, states, operation in (("captured", captures, SUCCEEDED, CAPTURE),
                                               ("refunded", refunds, GIVEN_BACK, REFUND)):
            total = row[f"{word}_minor"]
            of_parts = sum(part["amount_minor"] for part in parts.get(name, []) if part["state"] in states)
            booked = sum(entry["amount_minor"] * BOOKED[entry["kind"]] for entry in ledger.get(name, [])
                         if entry["kind"] in BOOKED and entry["operation"] == operation)
            if total != of_parts or total != booked:
                yield Finding("sums", payment_id(row),
                              f"{total} {word}, its parts make {of_parts}, its ledger {booked}")


def given_by_hand(evidence: Evidence) -> Counter[tuple[int, int]]:
    """What people gave back outside the provider, by payment."""
    given: Counter[tuple[int, int]] = Counter()
    for row in evidence.rows("payment.payment_refund"):
        if row["state"] == REFUND_GIVEN:
            given[row["order_no"], row["payment_no"]] += row["amount_minor"]
    return given


def judge_provider(evidence: Evidence) -> Iterator[Finding]:
    """The provider's books say what ours say, and know of no payment that we do not."""
    theirs: dict[str, list[Row]] = {}
    by_hand = given_by_hand(evidence)
    for intent in evidence.books["payment_provider"]:
        theirs.setdefault(intent["metadata"].get("payment_id", intent["id"]), []).append(intent)
    for row in evidence.rows("payment.payment"):
        intents = theirs.pop(payment_id(row), [])
        if row.get("method") in WITHOUT_PROVIDER and not intents:
            continue
        sums = {word: sum(intent[f"{word}_minor"] for intent in intents) for word in ("captured", "refunded")}
        sums["refunded"] += by_hand[row["order_no"], row["payment_no"]]
        for word, total in sums.items():
            if total != row[f"{word}_minor"]:
                yield Finding("provider", payment_id(row), f"{row[f'{word}_minor']} {word}, the provider says {total}")
        capturable = sum(intent["capturable_minor"] for intent in intents)
        held = row["authorized_minor"] - row["captured_minor"] - row["released_minor"]
        if capturable != held:
            yield Finding("provider", payment_id(row), f"{held} secured, the provider holds {capturable}")
        wrong = {intent["currency"].upper() for intent in intents} - {(row["currency"] or "").upper()}
        if wrong:
            yield Finding("provider", payment_id(row), f"is in {row['currency']}, the provider has {wrong}")
    for name in theirs:
        yield Finding("provider", name, "the provider knows this payment, we do not")


def given_beside(evidence: Evidence) -> Counter[int]:
    """What staff gave back of their own accord, by order: a refund that the order did not tell."""
    told = {(row["order_no"], row["refund_no"]) for row in evidence.rows("orders.refund")
            if row["state"] not in OF_STAFF}
    gifts: Counter[int] = Counter()
    for row in evidence.rows("payment.payment_refund"):
        if row["state"] in GIVEN_BACK and (row["order_no"], row["refund_no"]) not in told:
            gifts[row["order_no"]] += row["amount_minor"]
    return gifts


def judge_worth(evidence: Evidence) -> Iterator[Finding]:
    """Who got everything paid everything, but for what staff gave them; who got nothing paid nothing."""
    payments = group(evidence.rows("payment.payment"), "order_no")
    gifts = given_beside(evidence)
    for order in evidence.rows("orders.orders"):
        rows = payments.get(order["order_no"], [])
        net = sum(row["captured_minor"] - row["refunded_minor"] for row in rows)
        held = sum(row["authorized_minor"] - row["captured_minor"] - row["released_minor"] for row in rows)
        name = order_id_text(order["order_id"])
        worth, gift = order["total_minor"], gifts[order["order_no"]]
        if order["status"] == COMPLETED and not worth - gift <= net <= worth:
            yield Finding("worth", name, f"is completed and worth {worth}, {net} was paid for it, {gift} given back "
                                         "beside")
        if order["status"] in ENDED_EARLY and net:
            yield Finding("worth", name, f"ended early, and {net} of its money is kept")
        if order["status"] in (COMPLETED, *ENDED_EARLY) and held:
            yield Finding("worth", name, f"is over, and {held} is still held for it")


PAYMENT = "payment.payment"
ORDERS = "orders.orders"
MONEY_RULES = (
    Rule("bounds", "2 money: refunded <= captured <= authorized", judge_bounds, (PAYMENT,), live=True),
    Rule("sums", "2 money: payments are the sum of their captures, refunds and ledger", judge_sums,
         (PAYMENT, "payment.payment_capture", "payment.payment_refund", "payment.payment_event"), live=True),
    Rule("provider", "2 money: the provider's books agree", judge_provider, (PAYMENT,), ("payment_provider",)),
    Rule("worth", "2 money: what was paid is what was sent", judge_worth, (PAYMENT, ORDERS)),
)
