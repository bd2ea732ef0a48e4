"""edited_orders - orders that are changed after they were placed: shown first, then done."""

from __future__ import annotations

from typing import Any

import hostile_orders
from system import PRICE_MINOR, SHIPPING_MINOR, wait_until

ORDER_TIMEOUT_S = 45
TOO_DEAR_MINOR = 100_000_000  # more than the provider takes at once


class EditedOrders(hostile_orders.HostileOrders):
    """Tests for a class that has a running system with the place HALL, where people work."""

    def held(self, reason: str, body: dict[str, Any]) -> dict[str, Any]:
        """Submit an order that must be held, for this alone."""
        order = self.system.get_order(self.system.submit(body).data["id"])
        self.assertEqual([hold["reason"] for hold in order["holds"]], [reason])
        self.assertEqual(order["status"], "placed")
        return order

    def test_edited(self) -> None:
        """What an edit does is shown before it is done; then a piece is left out, is free, and is not paid for."""
        system = self.system
        system.add_stock("EDIT", HALL=3)
        order_id = system.post_order(system.order("edit", ("EDIT", 3)), until="confirmed", wait_s=10).data["id"]
        before = system.sure("GET", f"/v1/orders/{order_id}")
        shown = system.sure("POST", f"/v1/orders/{order_id}/edits", {"lines": [{"line_no": 1, "quantity": 2}]},
                            Idempotency_Key="edit-1", Prefer="wait=10")
        edit_id, total = f"{order_id}-M1", 3 * PRICE_MINOR + SHIPPING_MINOR
        self.assertEqual((shown.status, shown.headers["Location"]), (201, f"/v1/edits/{edit_id}"), shown.data)
        self.assertEqual(shown.data["preview"], {
            "currency": "EUR", "total_before_minor": total, "total_minor": total - PRICE_MINOR,
            "release_minor": PRICE_MINOR, "refund_minor": 0, "restarted": [], "refused": [],
            "pieces": [{"line_no": 1, "sku": "EDIT", "quantity": 1, "fulfillment_id": f"{order_id}-F1",
                        "location": "HALL"}]})
        self.assertEqual(before.data["total_minor"], system.get_order(order_id)["total_minor"])
        made = system.sure("POST", f"/v1/edits/{edit_id}/confirm", Idempotency_Key="edit-1-yes", Prefer="wait=20")
        self.assertEqual((made.status, made.data["state"]), (200, "confirmed"), made.data)
        self.assertEqual(system.sure("GET", f"/v1/edits/{edit_id}").data, made.data)
        order = system.get_order(order_id)
        self.assertEqual((order["total_minor"], order["fulfillments"][0]["lines"][0]["quantity"]),
                         (total - PRICE_MINOR, 2))
        wait_until("the piece to be free", ORDER_TIMEOUT_S,
                   lambda: system.sure("GET", "/v1/stock/EDIT").data["available"] == 1)
        anew = system.sure("POST", f"/v1/orders/{order_id}/edits", {"note": "Ring twice"},
                           Idempotency_Key="edit-2", Prefer="wait=10").data
        self.assertEqual((anew["preview"]["restarted"], anew["preview"]["refused"]), ([f"{order_id}-F1"], []))
        system.sure("POST", f"/v1/edits/{anew['id']}/confirm", Idempotency_Key="edit-2-yes", Prefer="wait=20")
        wait_until("the place to begin anew", ORDER_TIMEOUT_S,
                   lambda: system.request("GET", f"/v1/fulfillments/{order_id}-F2").status == 200)
        work = system.sure("GET", f"/v1/fulfillments/{order_id}-F2").data
        self.assertEqual((work["note"], [line["quantity"] for line in work["lines"]]), ("Ring twice", [2]))
        for path, body, status in ((f"orders/{order_id}/edits", {"lines": [{"line_no": 1, "quantity": 3}]}, 422),
                                   (f"edits/{order_id}-M9/confirm", None, 404)):
            refused = system.request("POST", f"/v1/{path}", body, Idempotency_Key="edit-no", Prefer="wait=10")
            self.assertEqual(refused.status, status, refused.data)
        listed = system.sure("GET", f"/v1/orders/{order_id}/edits?limit=1")
        self.assertEqual([edit["id"] for edit in listed.data["items"]], [edit_id])
        self.assertEqual([edit["id"] for edit in system.sure("GET", f"/v1/orders/{order_id}/edits").data["items"]],
                         [edit_id, anew["id"]])
        parcel = {"parcel_no": 1, "weight_grams": 500, "lines": [{"line_no": 1, "quantity": 2}]}
        system.sure("POST", f"/v1/fulfillments/{order_id}-F2/pack", {"parcels": [parcel]}, Idempotency_Key="edit-pack")
        late = system.sure("POST", f"/v1/orders/{order_id}/edits", {"note": "Do not"}, Idempotency_Key="edit-3",
                           Prefer="wait=10").data
        self.assertEqual(late["preview"]["refused"], [{"reason": "too_late"}])
        refused = system.request("POST", f"/v1/edits/{late['id']}/confirm", Idempotency_Key="edit-3", Prefer="wait=10")
        self.assertEqual(refused.status, 409, refused.data)
        self.assertEqual(system.wait_over([order_id], ORDER_TIMEOUT_S), {order_id: "completed"})
        self.assertEqual([(row["captured_minor"], row["refunded_minor"]) for row in system.books("payment_provider")
                          if row["metadata"].get("payment_id") == f"{order_id}-P1"], [(total - PRICE_MINOR, 0)])

    def propose_more(self, order_id: str, *added: dict[str, Any]) -> dict[str, Any]:
        """What adding these lines would do."""
        shown = self.system.sure("POST", f"/v1/orders/{order_id}/edits", {"add": list(added)},
                                 Idempotency_Key=f"more-{added[0]['sku']}-{order_id}", Prefer="wait=10")
        self.assertEqual(shown.status, 201, shown.data)
        return shown.data

    def test_lines_are_added(self) -> None:
        """A line is added, with stock and money of its own: all is sent, and paid to the cent."""
        system = self.system
        system.add_stock("MORE", HALL=3)
        system.add_stock("EXTRA", HALL=2)
        order_id = system.post_order(system.order("more", ("MORE", 1)), until="confirmed", wait_s=10).data["id"]
        total, cost = PRICE_MINOR + SHIPPING_MINOR, 2 * 777 - 54
        line = {"sku": "EXTRA", "quantity": 2, "unit_price_minor": 777, "discount_minor": 54,
                "customization": {"engraving": "Ada"}}
        edit = self.propose_more(order_id, line)
        self.assertEqual(edit["preview"], {
            "currency": "EUR", "total_before_minor": total, "total_minor": total + cost, "release_minor": 0,
            "refund_minor": 0, "authorize_minor": cost, "pieces": [], "restarted": [], "refused": []})
        self.assertEqual([added["line_no"] for added in edit["add"]], [2])
        self.assertEqual(len(system.get_order(order_id)["lines"]), 1)
        made = system.sure("POST", f"/v1/edits/{edit['id']}/confirm", Idempotency_Key="more-yes", Prefer="wait=20")
        self.assertEqual((made.status, made.data["state"]), (200, "confirmed"), made.data)
        order = system.get_order(order_id)
        self.assertEqual((order["total_minor"], [row["sku"] for row in order["lines"]]),
                         (total + cost, ["MORE", "EXTRA"]))
        self.assertEqual(order["lines"][1]["customization"], {"engraving": "Ada"})
        self.assertEqual([(paid["id"][-2:], paid["authorized_minor"]) for paid in order["payments"]],
                         [("P1", total), ("P2", cost)])
        self.assertEqual([share["lines"] for share in order["fulfillments"]][1],
                         [{"line_no": 2, "sku": "EXTRA", "quantity": 2}])
        before = system.sure("GET", f"/v1/orders/{order_id}?at={order['confirmed_at']}").data
        self.assertEqual(([row["sku"] for row in before["lines"]], before["total_minor"]), (["MORE"], total))
        self.pack(order_id, (1, 1, 1), (2, 2, 2))
        self.assertEqual(system.wait_over([order_id], ORDER_TIMEOUT_S), {order_id: "completed"})
        self.assertEqual(self.taken(order_id), {f"{order_id}-P1": (total, 0), f"{order_id}-P2": (cost, 0)})
        over = self.propose_more_refused(order_id, line)
        self.assertEqual(over.status, 409, over.data)

    def propose_more_refused(self, order_id: str, *added: dict[str, Any]) -> Any:
        """The answer to a proposal that cannot be."""
        return self.system.request("POST", f"/v1/orders/{order_id}/edits", {"add": list(added)},
                                   Idempotency_Key=f"not-{len(str(added))}-{order_id}", Prefer="wait=10")

    def pack(self, order_id: str, *contents: tuple[int, int, int]) -> None:
        """People at HALL pack: so many pieces of a line, of each fulfillment."""
        for number, line_no, quantity in contents:
            parcel = {"parcel_no": 1, "weight_grams": 500, "lines": [{"line_no": line_no, "quantity": quantity}]}
            wait_until("the place to know", ORDER_TIMEOUT_S, lambda number=number: self.system.request(
                "GET", f"/v1/fulfillments/{order_id}-F{number}").status == 200)
            self.system.sure("POST", f"/v1/fulfillments/{order_id}-F{number}/pack", {"parcels": [parcel]},
                             Idempotency_Key=f"pack-{order_id}-{number}")

    def taken(self, order_id: str) -> dict[str, tuple[int, int]]:
        """What the provider took for an order, and gave back, by payment."""
        return {row["metadata"]["payment_id"]: (row["captured_minor"], row["refunded_minor"])
                for row in self.system.books("payment_provider")
                if row["metadata"].get("payment_id", "").startswith(order_id)}

    def test_nothing_is_added(self) -> None:
        """Where stock or money is not to be had, the order stays as it was, and nothing stays held."""
        system = self.system
        system.add_stock("SOME", HALL=2)
        system.add_stock("DEAR", HALL=9)
        order_id = system.post_order(system.order("some", ("SOME", 1)), until="confirmed", wait_s=10).data["id"]
        total = PRICE_MINOR + SHIPPING_MINOR
        for line, reason in (({"sku": "SOME", "quantity": 5, "unit_price_minor": 100}, "out_of_stock"),
                             ({"sku": "DEAR", "quantity": 1, "unit_price_minor": TOO_DEAR_MINOR}, "payment_declined")):
            edit = self.propose_more(order_id, line)
            refused = system.request("POST", f"/v1/edits/{edit['id']}/confirm", Idempotency_Key=f"some-{reason}",
                                     Prefer="wait=20")
            self.assertEqual(refused.status, 409, refused.data)
            edit = system.sure("GET", f"/v1/edits/{edit['id']}").data
            self.assertEqual((edit["state"], edit["reason"]), ("declined", reason))
            order = system.get_order(order_id)
            self.assertEqual((order["total_minor"], len(order["lines"]), len(order["fulfillments"])), (total, 1, 1))
        for path, body in (("/add/0/discount_minor", {"sku": "DEAR", "quantity": 1, "unit_price_minor": 5,
                                                      "discount_minor": 6}),
                           ("/add/0/tax_minor", {"sku": "DEAR", "quantity": 1, "unit_price_minor": 5, "tax_minor": 6})):
            refused = self.propose_more_refused(order_id, body)
            self.assertEqual((refused.status, refused.data["errors"][0]["pointer"]), (422, path), refused.data)
        wait_until("the stock to be free", ORDER_TIMEOUT_S,
                   lambda: system.sure("GET", "/v1/stock/DEAR").data["available"] == 9)
        self.pack(order_id, (1, 1, 1))
        self.assertEqual(system.wait_over([order_id], ORDER_TIMEOUT_S), {order_id: "completed"})
        self.assertEqual([sums for sums in self.taken(order_id).values() if sums != (0, 0)], [(total, 0)])

    def test_edited_while_it_waits(self) -> None:
        """What no place knows of yet is sent another way, for less, with another note: the place hears of that."""
        system = self.system
        system.add_stock("SLOW", HALL=1)
        body = system.order("slow", ("SLOW", 1))
        held = self.held("address", body | {"ship_to": body["ship_to"] | {"postal_code": "1011"}})
        wait_until("its money to be secured", ORDER_TIMEOUT_S,
                   lambda: system.get_order(held["id"])["payment_status"] == "authorized")
        edit = {"shipping": {"service": "economy", "price_minor": SHIPPING_MINOR - 100}, "note": "Ring twice"}
        shown = system.sure("POST", f"/v1/orders/{held['id']}/edits", edit, Idempotency_Key="slow-1", Prefer="wait=10")
        self.assertEqual((shown.data["preview"]["release_minor"], shown.data["preview"]["refused"]), (100, []))
        system.sure("POST", f"/v1/edits/{shown.data['id']}/confirm", Idempotency_Key="slow-2",
                    If_Match=shown.headers["ETag"], Prefer="wait=10")
        system.sure("PUT", f"/v1/orders/{held['id']}/ship-to", body["ship_to"])
        wait_until("the place to know", ORDER_TIMEOUT_S,
                   lambda: system.request("GET", f"/v1/fulfillments/{held['id']}-F1").status == 200)
        work = system.sure("GET", f"/v1/fulfillments/{held['id']}-F1").data
        self.assertEqual((work["shipping_service"], work["note"]), ("economy", "Ring twice"))
        order = system.get_order(held["id"])
        self.assertEqual((order["shipping_service"], order["note"], order["total_minor"]),
                         ("economy", "Ring twice", PRICE_MINOR + SHIPPING_MINOR - 100))
        system.sure("POST", f"/v1/orders/{held['id']}/cancel", {"reason": "shopper_request"},
                    Idempotency_Key="slow-end")
        self.assertEqual(system.wait_over([held["id"]], ORDER_TIMEOUT_S), {held["id"]: "canceled"})
