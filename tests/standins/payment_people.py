"""What shoppers and banks do to payments, on a page or by a control call."""
from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, Optional
from urllib.parse import quote

from payment_ledger import Effect
from payment_objects import Intent, StripeError
from standin_faults import ControlError, number_in
from standin_http import Answer, Reply
from standin_request import Request

if TYPE_CHECKING:
    from payment_provider import PaymentProvider


class People:
    """Shoppers who authenticate or give up, banks that change their mind."""

    def __init__(self, provider: PaymentProvider) -> None:
        self.provider = provider
        self.auto_action: Optional[tuple[str, float]] = None
        self.refusals: dict[str, tuple[str, int]] = {}

    def finish_later(self, intent: Intent) -> None:
        """The shopper acts by himself where he was told to."""
        if self.auto_action is not None:
            action, delay_ms = self.auto_action
            self.provider.clock.call_after(delay_ms / 1000, self.finish_action, intent, action)

    def page(self, request: Request) -> Optional[Answer]:
        """The bank's page that a shopper is sent to."""
        if not request.path.startswith("/authenticate/"):
            return None
        intent = self.provider.ledger.intents.get(request.path[len("/authenticate/"):])
        if intent is None:
            return Reply(404, b"no such payment\n", b"text/plain")
        if request.method == "POST":
            self.finish_action(intent, "complete" if b"action=complete" in request.body else "abandon")
            if intent.return_url:
                place = quote(intent.return_url, safe=":/?&=#%+,;@!~*'()$[]-._")
                return Reply(303, headers=b"Location: %s\r\n" % place.encode())
        text = (f"<!doctype html><meta charset=utf-8><title>Bank</title><h1>Confirm payment</h1>"
                f"<p>{intent.amount} {html.escape(intent.currency.upper())} (minor units): "
                f"{html.escape(intent.status)}</p><form method=post>"
                f"<button name=action value=complete>Confirm</button> "
                f"<button name=action value=abandon>Refuse</button></form>")
        return Reply(200, text.encode(), b"text/html; charset=utf-8")

    def finish_action(self, intent: Intent, action: str) -> bool:
        """The shopper is authenticated, or has given up."""
        if intent.status != "requires_action":
            return False
        ledger = self.provider.ledger
        if action == "complete":
            intent.authorize()
            effect = ledger.effect("authenticate", intent, "payment_intent.amount_capturable_updated"
                                   if intent.manual else "payment_intent.succeeded")
        else:
            effect = ledger.decline("abandon", intent, "authentication")
        self.provider.book(effect, "", "")
        return True

    def control(self, order: dict[str, Any]) -> dict[str, Any]:
        """Control calls of payments."""
        self.provider.slow_ms = number_in(order, "slow_ms", self.provider.slow_ms, 0, 3_600_000)
        ledger = self.provider.ledger
        ledger.search_lag_ms = number_in(order, "search_lag_ms", ledger.search_lag_ms, 0, 3_600_000)
        done: dict[str, Any] = {}
        if "auto_action" in order:
            self.set_auto_action(order)
        if "action" in order:
            if order["action"] not in ("complete", "abandon"):
                raise ControlError("action must be complete or abandon")
            chosen = self.chosen(order)
            done["finished"] = [i.id for i in chosen if self.finish_action(i, order["action"])]
        if "refuse" in order:
            self.set_refusal(order)
        if "pending_refunds" in order:
            ledger.pending_refunds = order["pending_refunds"] is True
        if "settle_refund" in order:
            done["settled"] = self.settle_refund(str(order["settle_refund"]))
        if "expire" in order:
            done["expired"] = self.expire(str(order["expire"]))
        if "fail_refund" in order:
            done["failed"] = self.fail_refund(str(order["fail_refund"]))
        return done

    def set_auto_action(self, order: dict[str, Any]) -> None:
        """What becomes of intents that require action, without anybody's doing."""
        action = order["auto_action"]
        if action not in ("none", "complete", "abandon"):
            raise ControlError("auto_action must be none, complete or abandon")
        delay_ms = number_in(order, "action_delay_ms", 0, 0, 1e12)
        self.auto_action = None if action == "none" else (action, delay_ms)

    def set_refusal(self, order: dict[str, Any]) -> None:
        """The next requests of an operation are answered with a final no, and nothing is done."""
        operation, code = order["refuse"], order.get("code", "processing_error")
        if operation not in ("capture", "cancel", "refund") or not isinstance(code, str):
            raise ControlError("refuse must be capture, cancel or refund, and code a text")
        self.refusals[operation] = (code, number_in(order, "count", 1, 0, 1_000_000))

    def check_refusal(self, operation: str) -> None:
        """Say no where it was ordered."""
        code, left = self.refusals.get(operation, ("", 0))
        if left > 0:
            self.refusals[operation] = (code, left - 1)
            raise StripeError(400, "invalid_request_error", f"This {operation} is refused.", code=code, stored=True)

    def settle_refund(self, refund_id: str) -> bool:
        """A refund that was pending has arrived."""
        refund = self.provider.ledger.refunds.get(refund_id)
        if refund is None or refund.status != "pending":
            raise ControlError("settle_refund names a refund that is pending")
        refund.status = "succeeded"
        effect = Effect("settle_refund", refund.to_json(), refund.intent)
        effect.events = [("refund.updated", refund.to_json())]
        self.provider.book(effect, "", "")
        return True

    def chosen(self, order: dict[str, Any]) -> list[Intent]:
        """The intents that a control call names by id or metadata."""
        if "payment_intent" in order:
            intent = self.provider.ledger.intents.get(str(order["payment_intent"]))
            if intent is None:
                raise ControlError("no such payment_intent")
            return [intent]
        metadata = order.get("metadata")
        if not isinstance(metadata, dict) or len(metadata) != 1:
            raise ControlError("name a payment_intent, or one key and value of its metadata")
        key, value = next(iter(metadata.items()))
        return [self.provider.ledger.intents[i] for i in self.provider.ledger.by_metadata.get(f"{key}\0{value}", [])]

    def expire(self, intent_id: str) -> bool:
        """An authorization lapses, as it does after seven days."""
        intent = self.provider.ledger.intents.get(intent_id)
        if intent is None or intent.status != "requires_capture":
            raise ControlError("expire names a payment_intent that requires capture")
        self.provider.book(self.provider.ledger.void("expire", intent, "expired"), "", "")
        return True

    def fail_refund(self, refund_id: str) -> bool:
        """A refund comes back from the bank."""
        refund = self.provider.ledger.refunds.get(refund_id)
        if refund is None or refund.status not in ("succeeded", "pending"):
            raise ControlError("fail_refund names a refund that has not failed")
        refund.status = "failed"
        effect = Effect("fail_refund", refund.to_json(), refund.intent)
        effect.events = [("refund.failed", refund.to_json())]
        self.provider.book(effect, "", "")
        return True
