"""rules_effect.py - each thing is done once, in our books and in those of the world outside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from evidence import Evidence, Finding, Record, Row, Rule, group, order_id_text

# Facts that make something, and the member that names what they make: it is made once, however often it is told.
MAKES = {
    "kervan.inventory.reserved.v1": "reservation_id",
    "kervan.payment.authorized.v1": "payment_id",
    "kervan.payment.captured.v1": "capture_id",
    "kervan.payment.refunded.v1": "refund_id",
    "kervan.fulfillment.opened.v1": "fulfillment_id",
    "kervan.fulfillment.packed.v1": "fulfillment_id",
    "kervan.shipment.labeled.v1": "shipment_id",
    "kervan.shipment.shipped.v1": "shipment_id",
    "kervan.shipment.delivered.v1": "shipment_id",
    "kervan.inventory.consumed.v1": "fulfillment_id",
}
TOLD = "kervan.notification.told.v1"
REFUNDED, FAILED = "kervan.payment.refunded.v1", "kervan.payment.failed.v1"
SHIPPING = "shipping.events"
# What of an order's life its customer is told, and the member that tells those apart that may come again.
NEWS = {
    "kervan.order.placed.v1": ("received", ""),
    "kervan.order.confirmed.v1": ("confirmed", ""),
    "kervan.shipment.shipped.v1": ("shipped", "shipment_id"),
    "kervan.shipment.delivered.v1": ("delivered", "shipment_id"),
    "kervan.order.canceled.v1": ("canceled", ""),
    "kervan.order.expired.v1": ("expired", ""),
    "kervan.order.rejected.v1": ("rejected", ""),
    "kervan.order.completed.v1": ("completed", ""),
    "kervan.order.asked.v1": ("choice_asked", "clock"),
    "kervan.order.reduced.v1": ("reduced", "clock"),
    "kervan.order.delayed.v1": ("delayed", "clock"),
    "kervan.order.promise_changed.v1": ("promise_changed", "clock"),
    "kervan.payment.requires_action.v1": ("payment_awaited", "payment_id"),
    "kervan.payment.declined.v1": ("payment_failed", "payment_id"),
    "kervan.payment.refunded.v1": ("refunded", "refund_id"),
}
# A part of an order that left is a consignment that left.
SAME_AS = {"partly_shipped": "shipped"}
# In the order of the contract, by the numbers of notification.customer_message.
MESSAGES = ("", "received", "confirmed", "shipped", "delivered", "canceled", "rejected", "expired", "payment_awaited",
            "payment_failed", "choice_asked", "reduced", "partly_shipped", "delayed", "refunded", "completed",
            "refund_reversed", "promise_changed")
SILENCED = 5
# Orders that intake refuses were never received; their caller knows.
REFUSED_AT_ONCE = ("malformed", "invalid", "total_mismatch", "channel")
# A fact may be told again when its command came again; only these members may differ then.
TELLING = ("clock",)


def content(record: Record) -> Row:
    """What a fact says, without what differs when it is told again."""
    return {name: value for name, value in record.data.items() if name not in TELLING}


def judge_made_once(evidence: Evidence) -> Iterator[Finding]:
    """A thing that was made is told of in one way only."""
    made: dict[tuple[str, str], Record] = {}
    for record in evidence.facts():
        if record.type == FAILED:  # what came back may be given once more
            made.pop((REFUNDED, str(record.data.get("operation_id"))), None)
        if record.type in MAKES:
            name = str(record.data.get(MAKES[record.type]))
            first = made.setdefault((record.type, name), record)
            if content(first) != content(record):
                yield Finding("made-once", name, f"{record.type} was told twice and differently")


Message = tuple[str, str, str]


def came_back(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Orders, and refunds of theirs that failed after they had been told."""
    refunded: dict[str, int] = {}
    for record in evidence.facts():
        if record.type == REFUNDED:
            refunded.setdefault(str(record.data.get("refund_id")), record.data.get("clock", 0))
    for record in evidence.facts():
        name, clock = str(record.data.get("operation_id")), record.data.get("clock", 0)
        if record.type == FAILED and refunded.get(name, clock) < clock:
            yield record.key, name


def happened(evidence: Evidence) -> Counter[Message]:
    """How often each customer has to be told what: order, message, consignment."""
    seen = {(order, "refund_reversed", "", refund) for order, refund in came_back(evidence)}
    for record in evidence.facts():
        if record.type in NEWS and record.data.get("reason") not in REFUSED_AT_ONCE:
            message, member = NEWS[record.type]
            shipment = str(record.data.get("shipment_id")) if record.topic == SHIPPING else ""
            seen.add((record.key, message, shipment, str(record.data.get(member, ""))))
    return Counter((order, message, shipment) for order, message, shipment, _ in seen)


def said(evidence: Evidence, *, told_only: bool) -> Counter[Message]:
    """How often each customer was told what; also what could not be told, or is not to be."""
    count: Counter[Message] = Counter()
    for record in evidence.facts("notification.events"):
        if record.type == TOLD or not told_only:
            message = str(record.data.get("message"))
            count[record.key, SAME_AS.get(message, message), record.data.get("shipment_id") or ""] += 1
    if told_only:
        return count
    names = {row["order_no"]: order_id_text(row["order_id"]) for row in evidence.rows("orders.orders")}
    for row in evidence.rows("notification.customer_message"):
        if row.get("state") == SILENCED:
            order, message = names.get(row["order_no"], str(row["order_no"])), MESSAGES[row["kind"]]
            shipment = f"{order}-S{row['event_no']}" if message in ("shipped", "partly_shipped", "delivered") else ""
            count[order, SAME_AS.get(message, message), shipment] += 1
    return count


def judge_told_once(evidence: Evidence) -> Iterator[Finding]:
    """The customer is told each thing once."""
    wanted = happened(evidence)
    for name, count in said(evidence, told_only=True).items():
        if count > max(wanted[name], 1):
            yield Finding("told-once", name[0], f"was told {name[1]} {name[2]} {count} times")


def judge_provider_once(evidence: Evidence) -> Iterator[Finding]:
    """The provider made one payment a name."""
    named = [row for row in evidence.books["payment_provider"] if "payment_id" in row["metadata"]]
    for name, intents in group([{**row, "name": row["metadata"]["payment_id"]} for row in named], "name").items():
        if len(intents) > 1:
            yield Finding("provider-once", name, f"the provider has {len(intents)} payments of this name")
        for intent in intents:
            refunds = Counter(refund["metadata"].get("refund_id", refund["id"]) for refund in intent["refunds"])
            for refund, count in refunds.items():
                if count > 1:
                    yield Finding("provider-once", name, f"refund {refund} was made {count} times")


def judge_carrier_once(evidence: Evidence) -> Iterator[Finding]:
    """The carrier sold one label a parcel, for a shipment that we know, and we have its tracking number."""
    known: dict[str, set[str]] = {}
    for record in evidence.facts("shipping.events"):
        if record.type == "kervan.shipment.labeled.v1":
            known[record.data["shipment_id"]] = {str(parcel.get("tracking_number"))
                                                 for parcel in record.data["parcels"]}
    rows = [row for row in evidence.books["carrier"] if row["labels"] and not row["refund_status"]]
    for reference, bought in group(rows, "reference").items():
        labels = sum(row["labels"] for row in bought)
        if labels > 1:
            yield Finding("carrier-once", str(reference), f"{labels} labels were bought for it")
    for shipment, bought in group([{**row, "name": shipment_of(row)} for row in rows], "name").items():
        theirs = {row["tracking_code"] for row in bought}
        ours = known.pop(shipment, set())
        if ours != theirs:
            yield Finding("carrier-once", str(shipment), f"the carrier sold {theirs}, we know of {ours}")
    for shipment, numbers in known.items():
        if numbers - {row["tracking_code"] for row in evidence.books["carrier"]}:
            yield Finding("carrier-once", shipment, f"the carrier knows nothing of {numbers}")


def shipment_of(row: Row) -> str:
    """The shipment that a carrier's shipment is a parcel of: a reference is its id, and what tells parcels apart."""
    order, dash, rest = str(row["reference"]).partition("-")
    digits = rest[:1] + "".join(letter for letter in rest[1:].split("-")[0].split("/")[0] if letter.isdigit())
    return order + dash + digits


def judge_told_all(evidence: Evidence) -> Iterator[Finding]:
    """The customer is told what happened, and nothing that did not: or it is stated why not."""
    wanted, known = happened(evidence), said(evidence, told_only=False)
    for order, message, shipment in sorted(wanted - known):
        yield Finding("told-all", order, f"nobody was told {message} {shipment}")
    for order, message, shipment in sorted(set(known) - set(wanted)):
        yield Finding("told-all", order, f"was told {message} {shipment}, which did not happen")


def judge_mail(evidence: Evidence) -> Iterator[Finding]:
    """As many different mails arrived as customers were told things, no matter how often one was sent."""
    ids = {row["message_id"] for row in evidence.books["mail_catcher"]}
    told = sum(1 for record in evidence.facts("notification.events") if record.type == TOLD)
    if len(ids) != told:
        yield Finding("mail", "mail catcher", f"{len(ids)} different mails arrived, {told} were told")


def judge_mail_copies(evidence: Evidence) -> Iterator[Finding]:
    """A mail arrived again only where the answer of the mail server was lost, and then it was the same mail."""
    allowed = evidence.mail_copies + sum(max(row["attempts"] - 1, 0)
                                         for row in evidence.rows("notification.customer_message"))
    extra = 0
    for name, mails in group(evidence.books["mail_catcher"], "message_id").items():
        extra += len(mails) - 1
        if len({(tuple(mail["to"]), mail["size"]) for mail in mails}) > 1:
            yield Finding("mail-copies", name, "two different mails have this id")
    if extra > allowed:
        yield Finding("mail-copies", "mail catcher", f"{extra} mails arrived again, {allowed} may have")


EFFECT_RULES = (
    Rule("made-once", "4 one effect: one reservation, authorization, capture, label", judge_made_once, live=True),
    Rule("told-once", "4 one effect: one message a kind", judge_told_once, live=True),
    Rule("provider-once", "4 one effect: one payment at the provider", judge_provider_once,
         books=("payment_provider",), live=True),
    Rule("carrier-once", "4 one effect: one label at the carrier", judge_carrier_once, books=("carrier",)),
    Rule("mail", "4 one effect: one mail a message", judge_mail, ("notification.customer_message",),
         ("mail_catcher",)),
    Rule("told-all", "4 one effect: the customer is told everything", judge_told_all,
         ("notification.customer_message", "orders.orders")),
    Rule("mail-copies", "4 one effect: no copies of mails", judge_mail_copies, ("notification.customer_message",),
         ("mail_catcher",), live=True),
)
