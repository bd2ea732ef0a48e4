#!/usr/bin/python3
"""b2b_test - companies buy on account, on the running system: never beyond what they are granted.

    tests/stack/b2b_test.py [-k NAME]     KERVAN_KEEP=1 keeps the logs of a failure
"""

from __future__ import annotations

import threading
import unittest
from contextlib import closing

import psycopg2
from contract_view import check_view
from further import Further
from system import Body, Reply
from unhappy_case import ONE, UnhappyCase
from unhappy_desk import instant

ON_ACCOUNT = {"method": "invoice"}
AT_ONCE, ROOM_FOR, TWO = 60, 25, 2 * ONE


class B2BTest(UnhappyCase):
    """One system; each test has companies of its own."""

    def company(self, code: str, *buyers: Body, **members: object) -> Body:
        """A company, with a buyer who may order anything and others."""
        everybody = [{"channel_customer_ref": "owner", "may_approve": True}, *buyers]
        put = self.desk.sure("PUT", f"/v1/companies/{code}",
                             {"name": f"{code} Ltd.", "tax_number": "DE 123", "currency": "EUR", "buyers": everybody}
                             | members)
        check_view("order/company_view.v1.json", put)
        return dict(put)

    def customer(self, ref: str) -> Body:
        """A buyer, as an order names its customer."""
        return {"name": "Ada Lovelace", "email": "ada@shop.example", "channel_customer_ref": ref}

    def grant(self, company: str, limit_minor: int, **members: object) -> Reply:
        """Credit for a company."""
        return self.desk.ask("PUT", f"/v1/companies/{company}/credit",
                             {"currency": "EUR", "limit_minor": limit_minor, "net_days": 30} | members)

    def used(self, company: str) -> tuple[int, int]:
        """What is held of its credit, and what it owes."""
        credit = self.desk.sure("GET", f"/v1/companies/{company}/credit")
        check_view("payment/credit_view.v1.json", credit)
        self.assertEqual(credit["available_minor"],
                         max(credit["terms"]["limit_minor"] - credit["held_minor"] - credit["receivable_minor"], 0))
        return credit["held_minor"], credit["receivable_minor"]

    def owed(self, company: str) -> list[Body]:
        """Its receivables."""
        items: list[Body] = self.desk.sure("GET", f"/v1/companies/{company}/receivables")["items"]
        for item in items:
            check_view("payment/receivable.v1.json", item)
        return items

    def buy(self, ref: str, company: str, **members: object) -> str:
        """An order on account."""
        members = {"customer": self.customer("owner")} | members
        return self.desk.place(ref, company=company, payment=ON_ACCOUNT, **members)

    def test_held_owed_and_paid(self) -> None:
        """An order holds credit, its goods are owed, a transfer pays them; it is found by the company's number."""
        self.company("ACME")
        self.assertEqual(self.grant("ACME", 10 * ONE).status, 200)
        order_id = self.buy("acme-1", "ACME", purchase_order_number="4500/17")
        self.assert_completed(order_id, ONE)
        self.desk.until("what was taken is owed", lambda: self.used("ACME") == (0, ONE))
        order = self.desk.order(order_id)
        self.assertEqual((order["company"], order["purchase_order_number"]), ("ACME", "4500/17"))
        for search in ("purchase_order_number=4500/17", "company=ACME", "company=ACME&purchase_order_number=4500/17"):
            found = self.desk.sure("GET", f"/v1/orders?{search}")["items"]
            self.assertEqual([one["id"] for one in found], [order_id])
        self.assertEqual(self.desk.sure("GET", "/v1/orders?purchase_order_number=4500")["items"], [])
        receivable = self.owed("ACME")[0]
        self.assertEqual((receivable["payment_id"], receivable["receivable_minor"], receivable["overdue"]),
                         (f"{order_id}-P1", ONE, False))
        payment = self.desk.payment(order_id)
        self.assertEqual((payment["company"], payment["captures"][0]["due_at"]), ("ACME", receivable["due_at"]))
        self.desk.receive(order_id, ONE - 1, "acme-bank-1")
        self.assertEqual(self.used("ACME"), (0, 1))
        self.desk.receive(order_id, ONE - 1, "acme-bank-1")
        self.desk.receive(order_id, 1, "acme-bank-2")
        self.assertEqual((self.used("ACME"), self.owed("ACME")), ((0, 0), []))

    def payment_processes(self) -> int:
        """How many have lanes of the payment service."""
        with closing(psycopg2.connect(self.system.stack.postgres.conninfo("postgres"))) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT count(DISTINCT instance) FROM payment.lane")
            return int(cursor.fetchone()[0])

    def test_never_beyond_the_limit(self) -> None:
        """Many orders at once, in lanes of two processes: as many as there is room for; a canceled one makes room."""
        second = Further(self.system, "payment")
        self.addCleanup(self.desk.until, "one has all lanes again", lambda: self.payment_processes() == 1)
        self.addCleanup(second.end)
        self.desk.until("both have lanes", lambda: self.payment_processes() == 2)
        self.company("CROWD")
        self.grant("CROWD", ROOM_FOR * ONE + ONE // 2)
        placed: list[str] = []
        later = {"ship_not_before": instant(30 * 86400)}
        workers = [threading.Thread(target=lambda n=n: placed.append(self.buy(f"crowd-{n}", "CROWD", **later)))
                   for n in range(AT_ONCE)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        states = [self.desk.until_status(order_id, "confirmed", "canceled")["status"] for order_id in placed]
        self.assertEqual((states.count("confirmed"), states.count("canceled")), (ROOM_FOR, AT_ONCE - ROOM_FOR))
        self.assertEqual(self.used("CROWD"), (ROOM_FOR * ONE, 0))
        declined = self.desk.order(placed[states.index("canceled")])
        self.assertEqual((declined["cancel_reason"], declined["payments"][0]["code"]),
                         ("payment_declined", "credit_limit_exceeded"))
        confirmed = placed[states.index("confirmed")]
        self.desk.sure("POST", f"/v1/orders/{confirmed}/cancel", {"reason": "shopper_request"}, "crowd-c")
        self.desk.until("there is room again", lambda: self.used("CROWD") == ((ROOM_FOR - 1) * ONE, 0))
        self.desk.until_status(self.buy("crowd-again", "CROWD", **later), "confirmed")
        self.assertEqual(self.used("CROWD"), (ROOM_FOR * ONE, 0))

    def waits(self, order_id: str) -> str:
        """The hold of an order that waits for credit; "": it does not."""
        order = self.desk.order(order_id)
        holds = [hold["id"] for hold in order["holds"] if hold["reason"] == "credit" and "released_at" not in hold]
        self.assertLessEqual(len(holds), 1)
        return str(holds[0]) if holds and order["payments"][0]["state"] == "requires_action" else ""

    def test_held_until_there_is_room(self) -> None:
        """What is beyond the credit is held: it goes on by itself, is tried by a person, or is canceled."""
        put = self.company("PATIENT", hold_over_credit=True)
        self.assertTrue(put["company"]["hold_over_credit"])
        self.grant("PATIENT", ONE)
        later = {"ship_not_before": instant(30 * 86400)}
        first = self.buy("patient-1", "PATIENT", **later)
        self.desk.until_status(first, "confirmed")
        waiting = [self.buy(f"patient-{n}", "PATIENT", **later) for n in (2, 3, 4)]
        for order_id in waiting:
            self.desk.until("it waits for credit", lambda order_id=order_id: self.waits(order_id))
        found = {one["id"] for one in self.desk.sure("GET", "/v1/orders?hold=credit")["items"]}
        self.assertEqual(found, set(waiting))
        hold = self.waits(waiting[0])
        released = self.desk.ask("DELETE", f"/v1/orders/{waiting[0]}/holds/{hold}")
        self.assertEqual(released.status, 200, released.data)
        self.desk.until("it was tried in vain", lambda: self.waits(waiting[0]) not in ("", hold))
        self.desk.sure("POST", f"/v1/orders/{waiting[0]}/cancel", {"reason": "merchant_request"}, "patient-no")
        self.assert_canceled(waiting[0], "merchant_request", "voided")
        self.assertEqual(self.used("PATIENT"), (ONE, 0))
        self.grant("PATIENT", 2 * ONE)
        self.desk.until_status(waiting[1], "confirmed")
        self.assertEqual(self.used("PATIENT"), (2 * ONE, 0))
        self.assertNotEqual(self.waits(waiting[2]), "")
        self.desk.sure("POST", f"/v1/orders/{first}/cancel", {"reason": "shopper_request"}, "patient-c")
        self.desk.until_status(waiting[2], "confirmed")
        self.assertEqual(self.used("PATIENT"), (2 * ONE, 0))
        self.assertEqual(self.desk.sure("GET", "/v1/orders?hold=credit")["items"], [])

    def test_lines_are_added_on_account(self) -> None:
        """More is held for them, within the limit and what the buyer may order alone; or they are declined."""
        self.company("MORE", {"channel_customer_ref": "clerk", "approval_limit_minor": 3 * ONE})
        self.grant("MORE", 2 * ONE)
        order_id = self.buy("more-1", "MORE", customer=self.customer("clerk"),
                            ship_not_before=instant(30 * 86400))
        self.desk.until_status(order_id, "confirmed")
        line = {"sku": self.desk.order(order_id)["lines"][0]["sku"], "quantity": 1}
        for key, price_minor, state, used_minor in (("m1", ONE + 1, "declined", ONE), ("m2", ONE, "confirmed", TWO)):
            edit = self.desk.sure("POST", f"/v1/orders/{order_id}/edits",
                                  {"add": [line | {"unit_price_minor": price_minor}]}, key)
            self.desk.ask("POST", f"/v1/edits/{edit['id']}/confirm", {}, f"{key}-yes")
            path = f"/v1/edits/{edit['id']}"
            self.desk.until(f"it is {state}", lambda path=path, state=state:
                            self.desk.sure("GET", path)["state"] == state)
            self.desk.until("so much is held", lambda used_minor=used_minor: self.used("MORE") == (used_minor, 0))
        more = {"add": [line | {"unit_price_minor": ONE + 1}]}
        refused = self.system.request("POST", f"/v1/orders/{order_id}/edits", more, Idempotency_Key="m3")
        self.assertEqual((refused.status, refused.data["errors"][0]["pointer"]), (422, "/add"))
        self.assertEqual(self.desk.order(order_id)["total_minor"], 2 * ONE)

    def test_credit_is_data(self) -> None:
        """Put, read and compared; what cannot be is refused by its field, and who may not, may not."""
        self.assertEqual(self.desk.ask("GET", "/v1/companies/TERMS/credit").status, 404)
        self.assertEqual(self.grant("TERMS", 100).data["version"], 1)
        self.assertEqual(self.grant("TERMS", 200).data["version"], 2)
        wrong = self.grant("TERMS", 100, currency="USD")
        self.assertEqual((wrong.status, wrong.data["errors"][0]["pointer"]), (422, "/currency"))
        wrong = self.grant("TERMS", -1)
        self.assertEqual((wrong.status, wrong.data["errors"][0]["pointer"]), (400, "/limit_minor"))
        less = {"currency": "EUR", "limit_minor": 1, "net_days": 1}
        stale = self.system.request("PUT", "/v1/companies/TERMS/credit", less,
                                    Authorization=f"Bearer {self.desk.key}", If_Match='"1"')
        self.assertEqual(stale.status, 412)
        for method, path in (("GET", "credit"), ("PUT", "credit"), ("GET", "receivables")):
            self.assertEqual(self.system.request(method, f"/v1/companies/TERMS/{path}",
                                                 {} if method == "PUT" else None).status, 403, path)
        refused = self.desk.ask("POST", "/v1/orders", self.system.order("terms-1") | {"payment": ON_ACCOUNT})
        self.assertEqual((refused.status, refused.data["errors"][0]["pointer"]), (422, "/company"))
        self.company("NOBODY")
        nobody = self.desk.until_status(self.buy("terms-2", "NOBODY"), "canceled")
        self.assertEqual(nobody["payments"][0]["code"], "credit_not_granted")

    def approve(self, key: str, order_id: str, decision: str, buyer: str = "", company: str = "TEAM") -> Reply:
        """Somebody decides about an order, through the storefront where it is a buyer."""
        body = {"decision": decision} | ({"buyer": buyer} if buyer else {})
        path = f"/v1/companies/{company}/orders/{order_id}/approval"
        return self.system.request("POST", path, body, Idempotency_Key=key) if buyer else \
            self.desk.ask("POST", path, body, key)

    def test_somebody_approves(self) -> None:
        """What a buyer may not order alone waits until who may approves it, or is canceled by who rejects it."""
        put = self.company("TEAM", {"channel_customer_ref": "clerk", "approval_limit_minor": ONE - 1},
                           {"channel_customer_ref": "head", "approval_limit_minor": ONE, "may_approve": True})
        self.assertEqual([buyer["channel_customer_ref"] for buyer in put["company"]["buyers"]],
                         ["clerk", "head", "owner"])
        self.assertEqual(self.desk.sure("GET", "/v1/companies/TEAM"), put)
        self.assertIn(put, self.desk.sure("GET", "/v1/companies")["items"])
        self.grant("TEAM", 10 * ONE)
        order_id = self.buy("team-1", "TEAM", customer=self.customer("clerk"))
        self.desk.until("its credit is held", lambda: self.used("TEAM") == (ONE, 0))
        found = [one["id"] for one in self.desk.sure("GET", "/v1/orders?hold=approval")["items"]]
        self.assertEqual(found, [order_id])
        hold = self.desk.order(order_id)["holds"][0]
        self.assertEqual(hold["reason"], "approval")
        released = self.system.request("DELETE", f"/v1/orders/{order_id}/holds/{hold['id']}")
        self.assertEqual(released.status, 409, released.data)
        self.assertEqual(self.approve("a1", order_id, "approve", "clerk").status, 422)
        self.assertEqual(self.approve("a2", order_id, "approve", "head", "ACME").status, 404)
        for _ in range(2):
            self.assertEqual(self.approve("a3", order_id, "approve", "head").status, 200)
        self.assert_completed(order_id, ONE)
        other = self.buy("team-2", "TEAM", customer=self.customer("clerk"))
        self.desk.until("its credit is held", lambda: self.used("TEAM") == (ONE, ONE))
        self.assertEqual(self.approve("a4", other, "reject").status, 200)
        self.assert_canceled(other, "shopper_request", "voided")
        self.desk.until("its credit is let go", lambda: self.used("TEAM") == (0, ONE))
        stranger = self.desk.ask("POST", "/v1/orders", self.system.order("team-3") | {
            "company": "TEAM", "payment": ON_ACCOUNT, "customer": self.customer("stranger")})
        self.assertEqual((stranger.status, stranger.data["errors"][0]["pointer"]),
                         (422, "/customer/channel_customer_ref"))

    def test_a_quote_is_accepted_once(self) -> None:
        """The shop offers prices; the storefront accepts them as they are, once, or they expire."""
        self.company("QUOTED")
        self.grant("QUOTED", 10 * ONE)
        body = self.system.order("none") | {"company": "QUOTED", "customer": self.customer("owner"),
                                            "payment_method": "invoice", "purchase_order_number": "Q 1"}
        del body["payment"], body["channel_order_ref"]
        body["lines"] = [body["lines"][0] | {"unit_price_minor": 100}]
        del body["total_minor"]
        draft = self.desk.ask("POST", "/v1/drafts", body, "quote-1")
        self.assertEqual(draft.status, 201, draft.data)
        path = f"/v1/drafts/{draft.data['id']}"
        until = {"valid_until": instant(86400)}
        self.assertEqual(self.system.request("POST", f"{path}/offer", until, Idempotency_Key="q1").status, 409)
        past = self.desk.ask("POST", f"{path}/offer", {"valid_until": instant(-60)}, "q2")
        self.assertEqual((past.status, past.data["errors"][0]["pointer"]), (422, "/valid_until"))
        quote = self.desk.sure("POST", f"{path}/offer", until, "q3")
        check_view("order/draft.v1.json", quote)
        self.assertEqual((quote["expires_at"], "offered_at" in quote), (until["valid_until"], True))
        self.assertEqual(self.system.request("PUT", path, body).status, 409)
        total = {"total_minor": 100 * body["lines"][0]["quantity"] + body["shipping"]["price_minor"]}
        accepted = [self.system.request("POST", f"{path}/submit", total) for _ in range(2)]
        self.assertEqual([reply.status for reply in accepted], [201, 200], accepted[0].data)
        self.assertEqual(accepted[0].data["id"], accepted[1].data["id"])
        order = self.assert_completed(accepted[0].data["id"], total["total_minor"])
        self.assertEqual((order["company"], order["lines"][0]["unit_price_minor"]), ("QUOTED", 100))


if __name__ == "__main__":
    unittest.main(verbosity=2)
