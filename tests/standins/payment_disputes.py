"""The payment provider's disputes: what card holders want back, what the shop says to it, how banks decide."""
from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Optional

from payment_ledger import Effect, list_json, list_limit
from payment_objects import Intent, Params, StripeError, invalid, nest
from standin_faults import ControlError, number_in

if TYPE_CHECKING:
    from payment_provider import PaymentProvider

FEE_MINOR = 1500
ANSWER_S = 7 * 86400
FIELDS = frozenset("evidence metadata submit expand".split())
CLOSE_FIELDS = frozenset(("expand",))
TEXTS = frozenset(
    "access_activity_log billing_address cancellation_policy_disclosure cancellation_rebuttal customer_email_address "
    "customer_name customer_purchase_ip duplicate_charge_explanation duplicate_charge_id product_description "
    "refund_policy_disclosure refund_refusal_explanation service_date shipping_address shipping_carrier shipping_date "
    "shipping_tracking_number uncategorized_text".split())
OPEN = ("warning_needs_response", "warning_under_review", "needs_response", "under_review")
LENGTH_LIMIT = 150_000


class Dispute:
    """One dispute of a charge."""

    __slots__ = ("id", "intent", "amount", "status", "created", "due_by", "submissions", "evidence", "withdrawn",
                 "reinstated")

    def __init__(self, dispute_id: str, intent: Intent, amount: int, status: str) -> None:
        self.id = dispute_id
        self.intent = intent
        self.amount = amount
        self.status = status
        self.created = int(time.time())
        self.due_by = self.created + ANSWER_S
        self.submissions = 0
        self.evidence: dict[str, str] = {}
        self.withdrawn = False
        self.reinstated = False

    def is_serious(self) -> bool:
        """Money of the charge cannot be given back."""
        return self.status in ("needs_response", "under_review")

    def movement(self, amount: int, fee: int) -> dict[str, Any]:
        """What it did to the account."""
        return {"object": "balance_transaction", "amount": amount, "fee": fee, "net": amount - fee,
                "currency": self.intent.currency, "type": "adjustment"}

    def shown(self, public_url: str, whole: bool = False) -> dict[str, Any]:
        """The API's object."""
        moved = [self.movement(-self.amount, FEE_MINOR)] if self.withdrawn else []
        moved += [self.movement(self.amount, 0)] if self.reinstated else []
        intent = json.loads(self.intent.to_json(public_url)) if whole else self.intent.id
        return {"id": self.id, "object": "dispute", "amount": self.amount, "balance_transactions": moved,
                "charge": self.intent.charge_id(), "created": self.created, "currency": self.intent.currency,
                "evidence": {name: self.evidence.get(name) for name in sorted(TEXTS)},
                "evidence_details": {"due_by": self.due_by, "has_evidence": bool(self.evidence),
                                     "past_due": False, "submission_count": self.submissions},
                "is_charge_refundable": not self.is_serious() and self.status != "lost", "livemode": False,
                "metadata": {}, "payment_intent": intent, "reason": "fraudulent", "status": self.status}


class Disputes:
    """All disputes, kept in the provider's books as they were answered or decided."""

    def __init__(self, provider: PaymentProvider) -> None:
        self.provider = provider
        self.all: dict[str, Dispute] = {}

    # Requests.

    def find(self, dispute_id: str) -> Dispute:
        """A dispute by its id."""
        dispute = self.all.get(dispute_id)
        if dispute is None:
            raise invalid(f"No such dispute: '{dispute_id}'", code="resource_missing", param="dispute", status=404)
        return dispute

    def read(self, parts: list[str], params: Params) -> str:
        """GET /v1/disputes and /v1/disputes/{id}."""
        wanted = params.get("expand")
        whole = isinstance(wanted, dict) and "payment_intent" in wanted.values()
        if len(parts) == 4:
            return json.dumps(self.find(parts[3]).shown(self.provider.public_url, whole), separators=(",", ":"))
        bounds = params.get("created") if isinstance(params.get("created"), dict) else {}
        limit, after = list_limit(params), params.get("starting_after")
        page: list[str] = []
        for dispute in reversed(list(self.all.values())):
            if after is not None:
                after = None if dispute.id == after else after
            elif dispute.created >= int(bounds.get("gte", 0)) and len(page) <= limit:
                page.append(json.dumps(dispute.shown(self.provider.public_url), separators=(",", ":")))
        return list_json("/v1/disputes", page, limit)

    def act(self, parts: list[str], pairs: list[tuple[str, str]]) -> Effect:
        """POST /v1/disputes/{id} and /v1/disputes/{id}/close."""
        dispute = self.find(parts[3])
        if dispute.status not in ("needs_response", "warning_needs_response"):
            raise StripeError(400, "invalid_request_error", f"The dispute {dispute.id} cannot be answered any more.",
                              code="dispute_not_answerable", stored=True)
        if len(parts) == 5:
            nest(pairs, CLOSE_FIELDS)
            return self.end(dispute, "lost" if dispute.withdrawn else "warning_closed", "close_dispute")
        params = nest(pairs, FIELDS)
        self.take_evidence(dispute, params.get("evidence"))
        if params.get("submit", "true") != "false":
            dispute.submissions += 1
            dispute.status = "under_review" if dispute.withdrawn else "warning_under_review"
        return self.effect("answer_dispute", dispute, "charge.dispute.updated")

    def take_evidence(self, dispute: Dispute, evidence: Any) -> None:
        """Texts; documents would be files, which nobody here has."""
        for name, text in (evidence if isinstance(evidence, dict) else {}).items():
            if name not in TEXTS:
                raise invalid(f"Received unknown parameter: evidence[{name}]", code="parameter_unknown",
                              param=f"evidence[{name}]")
            dispute.evidence[name] = text
        if sum(map(len, dispute.evidence.values())) > LENGTH_LIMIT:
            raise invalid("The evidence is too long.", code="dispute_evidence_too_long", param="evidence")

    def check_refund(self, intent: Intent) -> None:
        """What is disputed cannot be given back; what was lost is not there any more."""
        if any(dispute.intent is intent and (dispute.is_serious() or dispute.status == "lost")
               for dispute in self.all.values()):
            raise StripeError(400, "invalid_request_error", f"Charge {intent.charge_id()} has been charged back; "
                              "cannot issue a refund.", code="charge_disputed", stored=True)

    # What card holders and banks do.

    def effect(self, operation: str, dispute: Dispute, *kinds: str) -> Effect:
        """An effect whose answer and events show the dispute."""
        shown = json.dumps(dispute.shown(self.provider.public_url), separators=(",", ":"))
        effect = Effect(operation, shown, dispute.intent)
        effect.events = [(kind, shown) for kind in kinds]
        return effect

    def begin(self, intent: Intent, status: str, amount: int) -> Dispute:
        """A card holder wants his money back, or asks first."""
        dispute = Dispute(self.provider.ledger.new_id("du"), intent, amount, status)
        dispute.withdrawn = status == "needs_response"
        self.all[dispute.id] = dispute
        withdrawn = ("charge.dispute.funds_withdrawn",) if dispute.withdrawn else ()
        self.provider.book(self.effect("dispute", dispute, "charge.dispute.created", *withdrawn), "", "")
        return dispute

    def end(self, dispute: Dispute, status: str, operation: str) -> Effect:
        """It is over; what is won comes back."""
        dispute.status = status
        back = dispute.withdrawn and status == "won"
        dispute.reinstated = back
        return self.effect(operation, dispute, "charge.dispute.closed",
                           *(("charge.dispute.funds_reinstated",) if back else ()))

    def control(self, order: dict[str, Any]) -> dict[str, Any]:
        """`dispute` names an intent; `decide_dispute` a dispute, with `outcome`."""
        done: dict[str, Any] = {}
        if "dispute" in order:
            intent = self.provider.ledger.intents.get(str(order["dispute"]))
            status = order.get("dispute_status", "needs_response")
            if intent is None or not intent.captured or status not in OPEN:
                raise ControlError("dispute names a payment_intent that was captured, dispute_status how it begins")
            left = intent.captured - intent.refunded()
            done["disputed"] = self.begin(intent, status, int(number_in(order, "amount", left, 1, left))).id
        if "decide_dispute" in order:
            dispute: Optional[Dispute] = self.all.get(str(order["decide_dispute"]))
            outcome = order.get("outcome")
            if dispute is None or dispute.status not in OPEN or outcome not in ("won", "lost", "warning_closed"):
                raise ControlError("decide_dispute names one that is open, outcome is won, lost or warning_closed")
            self.provider.book(self.end(dispute, outcome, "decide_dispute"), "", "")
            done["decided"] = dispute.id
        return done

    # Books.

    def lost_minor(self, intent: Intent) -> int:
        """What disputes took for good."""
        return sum(dispute.amount for dispute in self.all.values()
                   if dispute.intent is intent and dispute.status == "lost")

    def load(self, body: dict[str, Any]) -> Intent:
        """A dispute of the books, new or as it is now."""
        intent = self.provider.ledger.intents[body["payment_intent"]]
        dispute = self.all.get(body["id"]) or Dispute(body["id"], intent, body["amount"], body["status"])
        dispute.status, dispute.created = body["status"], body["created"]
        dispute.due_by = body["evidence_details"]["due_by"]
        dispute.submissions = body["evidence_details"]["submission_count"]
        dispute.evidence = {name: text for name, text in body["evidence"].items() if text is not None}
        dispute.withdrawn = len(body["balance_transactions"]) > 0
        dispute.reinstated = len(body["balance_transactions"]) > 1
        self.all[dispute.id] = dispute
        return intent
