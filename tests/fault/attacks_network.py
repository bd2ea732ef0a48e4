"""attacks_network.py - rows 25, 30 to 32, 35 and 36: wires and neighbors that are slow, torn, silent or gone."""

from __future__ import annotations

from collections.abc import Callable

from lab import KAFKA, SCHEMAS, WAIT_S, Lab, postgres_link
from proxy import Link
from system import STANDINS

SLOW_S, LATE_S = 0.05, 6
DRIP_BYTES_PER_S, TORN_BYTES = 1.0, 20_000
SILENT_S, SILENT_LONG_S = 12, 30
TROUBLE_S, TROUBLE_LONG_S = 5, 30
OUTAGE_S, OUTAGE_LONG_S = 20, 3600
CONSUMER_SLOW_MS, CONSUMER_SLOW_S, CONSUMER_SLOW_LONG_S = 1000, 20, 600


def links_of_postgres(lab: Lab) -> list[Link]:
    """All wires to the database."""
    return [lab.system.link(postgres_link(service)) for service in SCHEMAS]


def set_slow(link: Link) -> None:
    """Each message takes longer."""
    link.latency_s = SLOW_S


def set_drip(link: Link) -> None:
    """One byte a second."""
    link.bytes_per_s = DRIP_BYTES_PER_S


def set_torn(link: Link) -> None:
    """A connection brings so many bytes, and is reset."""
    link.bytes_max = TORN_BYTES


def set_silent(link: Link) -> None:
    """Nothing passes, and nothing says so."""
    link.silent = True


def bad_wires(lab: Lab) -> None:
    """31: latency, a byte a second, resets, silence: to PostgreSQL, then to Kafka; orders go on after each."""
    troubles: list[tuple[str, Callable[[Link], None], float, float]] = [
        ("slow", set_slow, TROUBLE_S, TROUBLE_LONG_S), ("drip", set_drip, TROUBLE_S, TROUBLE_LONG_S),
        ("torn", set_torn, TROUBLE_S, TROUBLE_LONG_S), ("silent", set_silent, SILENT_S, SILENT_LONG_S)]
    for place, links in (("postgres", links_of_postgres(lab)), (KAFKA, [lab.system.link(KAFKA)])):
        for name, trouble, short_s, long_s in troubles:
            for link in links:
                trouble(link)
            lab.pause(long_s if lab.long else short_s)
            for link in links:
                link.heal()
            with lab.timed(f"after_{name}_{place}_s", WAIT_S):
                lab.wait_orders(3)
    for link in (*links_of_postgres(lab), lab.system.link(KAFKA)):
        link.cut()


def swizzle(lab: Lab) -> None:
    """32: wires fall silent one by one, and heal in another order."""
    links = [*links_of_postgres(lab), lab.system.link(KAFKA), *(lab.system.link(name) for name in STANDINS)]
    for _ in range(5 if lab.long else 1):
        lab.chance.shuffle(links)
        for link in links:
            link.silent = True
            lab.pause(lab.chance.uniform(0.2, 1.0))
        lab.chance.shuffle(links)
        for link in links:
            link.heal()
            if lab.chance.random() < 0.5:
                link.cut()
            lab.pause(lab.chance.uniform(0.2, 1.0))
        with lab.timed("orders_again_s", WAIT_S):
            lab.wait_orders(3)
    lab.lose_mail_answers()


def late_answer(lab: Lab) -> None:
    """25: orders are canceled while the provider's answer is on its way; what it brings is given back."""
    link = lab.system.link("payment_provider")
    link.latency_s = LATE_S
    ids = [lab.system.submit(lab.system.order(f"late-{lab.seed}-{n}", ("LAB-0", 1))).data["id"] for n in range(10)]
    for order_id in ids:
        lab.request("POST", f"/v1/orders/{order_id}/cancel", {"reason": "shopper_request"},
                    Idempotency_Key=f"late-{order_id}", Prefer="wait=0")
    lab.pause(LATE_S)
    link.heal()
    ends = lab.system.wait_over(ids, WAIT_S)
    lab.figures["canceled"] = sum(end == "canceled" for end in ends.values())
    if not lab.figures["canceled"]:
        raise AssertionError("no cancel came before the provider's answer, so nothing was shown")


def slow_consumer(lab: Lab) -> None:
    """30: the provider answers after a second; what waits is in the log, not in memory, and others go on."""
    lab.control("payment_provider", fault="slow", operation="*", delay_ms=CONSUMER_SLOW_MS)
    lab.pause(CONSUMER_SLOW_LONG_S if lab.long else CONSUMER_SLOW_S)
    lab.control("payment_provider", fault="none", operation="*")
    with lab.timed("orders_again_s", WAIT_S):
        lab.wait_orders(5)


def outage(lab: Lab) -> None:
    """35: provider, carrier and mail server are away; nothing is parked, nobody is canceled, and it all ends well."""
    for name in STANDINS:
        lab.system.stop(name)
    lab.pause(OUTAGE_LONG_S if lab.long else OUTAGE_S)
    parked = sum(lab.query(f"SELECT count(*) FROM {schema}.parked")[0][0] for schema in SCHEMAS.values())
    for name in STANDINS:
        lab.system.restart(name)
    lab.lose_mail_answers()
    if parked:
        raise AssertionError(f"{parked} messages were parked because a neighbor was away")
    with lab.timed("orders_again_s", WAIT_S):
        lab.wait_orders(5)


def half_answers(lab: Lab) -> None:
    """36: the provider charges and says nothing; its webhooks come early, twice, late, out of order or never."""
    for manner in ("early", "twice", "late", "out_of_order", "never", "bad_signature"):
        lab.control("payment_provider", webhook=manner, delay_ms=500)
        for operation in ("create", "capture"):
            lab.control("payment_provider", fault="timeout_after_acting", operation=operation, delay_ms=1000, count=3)
        lab.wait_orders(10)
    lab.control("payment_provider", fault="none", operation="*")
    lab.control("payment_provider", webhook="normal")
