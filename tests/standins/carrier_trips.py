"""Parcels on their way: which statuses they reach, and when."""
from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Optional

from carrier_objects import STEPS, EasyPostError, Shipment, stamp
from standin_faults import ControlError, number_in

if TYPE_CHECKING:
    from carrier import Carrier

TRIPS = ("normal", "lost", "damaged", "returned", "failed", "silent", "held")
LAST_STEPS = {"lost": "lost", "damaged": "damaged", "returned": "return_to_sender", "failed": "failure"}
VOIDS = ("normal", "refused", "pending")


class Trips:
    """Moves parcels by timers, and by hand."""

    def __init__(self, carrier: Carrier, transit: list[tuple[str, float]]) -> None:
        self.carrier = carrier
        self.transit = transit
        self.trip = "normal"
        self.trip_left: Optional[int] = None
        self.voids = "normal"
        self.voids_left: Optional[int] = None

    def clear(self) -> None:
        """The next parcels travel as they should."""
        self.trip, self.trip_left = "normal", None
        self.voids, self.voids_left = "normal", None

    def set_trip(self, order: dict[str, Any]) -> None:
        """What becomes of the next parcels."""
        if order["trip"] not in TRIPS:
            raise ControlError(f"trip must be one of {', '.join(TRIPS)}")
        self.trip = order["trip"]
        self.trip_left = number_in(order, "count", None, 1, 1_000_000_000)

    def steps_of(self, shipment: Shipment) -> list[tuple[str, float]]:
        """Statuses of a parcel's trip and the delay before each."""
        steps = list(self.transit)
        names = [name for name, _ in steps]
        if shipment.trip == "held":
            return []
        if shipment.trip == "silent":
            return steps[:names.index("in_transit") + 1] if "in_transit" in names else steps[:1]
        if shipment.trip in LAST_STEPS and steps:
            return steps[:-1] + [(LAST_STEPS[shipment.trip], steps[-1][1])]
        return steps

    def plan_next_step(self, shipment: Shipment) -> None:
        """Sets the timer of the next status."""
        steps = self.steps_of(shipment)
        reached = {status for status, _ in shipment.history}
        for status, delay_ms in steps:
            if status not in reached:
                self.carrier.clock.call_after(delay_ms / 1000, self.step, shipment, status)
                return

    def step(self, shipment: Shipment, status: str) -> None:
        """A timer has fired: the parcel moves on, unless it was voided or moved by hand."""
        voided = shipment.refund_status in ("submitted", "refunded")
        if self.carrier.shipments.get(shipment.id) is not shipment or voided:
            return
        if shipment.trip == "held" or any(reached == status for reached, _ in shipment.history):
            return
        self.move(shipment, status)
        self.plan_next_step(shipment)

    def move(self, shipment: Shipment, status: str) -> None:
        """The tracker shows a new status, and says so."""
        before = shipment.status()
        now_s = time.time()
        self.carrier.books.append(b'{"op":"move","id":"%s","at":%.3f,"status":"%s"}\n' % (
            shipment.id.encode(), now_s, status.encode()))
        self.apply_move(shipment, status, now_s)
        if self.carrier.webhooks is not None and self.carrier.webhooks.wants("tracker.updated"):
            self.carrier.emit("tracker.updated", shipment, f'{{"status":"{before}"}}',
                              shipment.tracker_json(self.carrier.public_url))

    def apply_move(self, shipment: Shipment, status: str, at_s: float) -> None:
        """A status is reached."""
        shipment.history.append((status, at_s))
        shipment.change = self.carrier.next_change()

    def set_voids(self, order: dict[str, Any]) -> None:
        """What becomes of the next requests for a label's refund."""
        if order["void"] not in VOIDS:
            raise ControlError(f"void must be one of {', '.join(VOIDS)}")
        self.voids = order["void"]
        self.voids_left = number_in(order, "count", None, 1, 1_000_000_000)

    def take_void(self) -> str:
        """How the carrier takes this request."""
        if self.voids_left is None:
            return self.voids
        if self.voids_left == 0:
            return "normal"
        self.voids_left -= 1
        return self.voids

    def take_trip(self) -> str:
        """The kind of trip for the next parcel."""
        if self.trip_left is None:
            return self.trip
        if self.trip_left == 0:
            return "normal"
        self.trip_left -= 1
        return self.trip

    def move_by_hand(self, order: dict[str, Any]) -> str:
        """Gives a parcel a status; its trip goes on from there only if it was not held."""
        name, status = str(order["move"]), order.get("status")
        if status not in STEPS:
            raise ControlError(f"status must be one of {', '.join(STEPS)}")
        try:
            shipment = self.carrier.find(self.carrier.by_code.get(name, name))
        except EasyPostError:
            raise ControlError("move names a tracking code, a shipment or a reference") from None
        if shipment.tracking_code is None:
            raise ControlError("the shipment has no label yet")
        self.move(shipment, str(status))
        return shipment.id

    def void(self, shipment: Shipment) -> None:
        """Takes a label back that no scanner has seen; or refuses to, or leaves it open, when told so."""
        if shipment.tracking_code is None:
            raise no_refund("The shipment has no postage.")
        if shipment.refund_status is not None:
            raise no_refund("A refund has already been requested.")
        if shipment.status() not in ("unknown", "pre_transit"):
            raise no_refund("The parcel has been shipped.")
        kind = self.take_void()
        if kind == "pending":
            return
        self.set_refund(shipment, "rejected" if kind == "refused" else "submitted")
        if kind == "normal":
            self.carrier.clock.call_after(self.carrier.options.refund_ms / 1000, self.finish_refund, shipment)

    def set_refund(self, shipment: Shipment, status: str) -> None:
        """Books a refund's status."""
        self.carrier.books.append(b'{"op":"refund","id":"%s","status":"%s"}\n' % (
            shipment.id.encode(), status.encode()))
        self.apply_refund(shipment, status)

    def apply_refund(self, shipment: Shipment, status: str) -> None:
        """A refund is submitted, or done."""
        shipment.refund_status = status
        shipment.change = self.carrier.next_change()
        if status == "submitted":
            self.carrier.effects["refund"] += 1

    def finish_refund(self, shipment: Shipment) -> None:
        """The carrier pays the postage back."""
        if self.carrier.shipments.get(shipment.id) is not shipment or shipment.refund_status != "submitted":
            return
        self.set_refund(shipment, "refunded")
        carrier = shipment.services()[shipment.service][0]
        self.carrier.emit("refund.successful", shipment, "{}", (
            f'{{"id":"rfnd_{shipment.key()}","object":"Refund","created_at":"{stamp(time.time())}",'
            f'"updated_at":"{stamp(time.time())}","tracking_code":"{shipment.tracking_code}",'
            f'"confirmation_number":null,"status":"refunded","carrier":"{carrier}",'
            f'"shipment_id":"{shipment.id}"}}'))


def parse_transit(text: str) -> list[tuple[str, float]]:
    """`status=milliseconds` after the status before it, comma separated; only these occur."""
    steps = []
    for part in filter(None, text.split(",")):
        status, _, number = part.partition("=")
        if status not in STEPS or not number.replace(".", "", 1).isdigit():
            raise ControlError(f"{part}: give STATUS=MILLISECONDS, STATUS one of {', '.join(STEPS)}")
        steps.append((status, float(number)))
    return steps


def no_refund(why: str) -> EasyPostError:
    """The label cannot be voided."""
    return EasyPostError(422, "SHIPMENT.REFUND.UNAVAILABLE", f"Unable to request refund. {why}")
