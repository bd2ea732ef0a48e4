#!/usr/bin/python3
"""Submits an order over Kafka, and says what its intake came to: 0 placed, 1 rejected, 2 nothing heard.

    KERVAN_KAFKA=127.0.0.1:9092 examples/submit_order.py web examples/order.json
"""
import base64
import hashlib
import json
import os
import sys
import time

from confluent_kafka import Consumer, Producer, TopicPartition

channel, body = sys.argv[1], open(sys.argv[2], "rb").read()
name = f"{channel}\nref\n{json.loads(body)['channel_order_ref']}"
order_id = "ord_" + base64.b32encode(hashlib.sha256(name.encode()).digest()[:16]).decode().lower().rstrip("=")
servers = {"bootstrap.servers": os.environ["KERVAN_KAFKA"]}

# From where the events stand now: what is said of the order comes behind it.
events = Consumer(servers | {"group.id": "unused", "enable.auto.commit": False})
lanes = events.list_topics("order.events", timeout=10).topics["order.events"].partitions
ends = {lane: events.get_watermark_offsets(TopicPartition("order.events", lane), timeout=10)[1] for lane in lanes}
events.assign([TopicPartition("order.events", lane, end) for lane, end in ends.items()])

producer = Producer(servers | {"partitioner": "murmur2_random", "acks": "all"})
failures = []
producer.produce(f"order.requests.{channel}", key=order_id, value=body,
                 on_delivery=lambda error, _: error and failures.append(error))
if producer.flush(30) or failures:
    sys.exit(f"not surely written, run it again: {failures}")

patience_end = time.monotonic() + 30
while time.monotonic() < patience_end:
    event = events.poll(1)
    if event and not event.error() and event.key() == order_id.encode():
        print(order_id, dict(event.headers())["ce_type"].decode(), event.value().decode())
        sys.exit(b"order.rejected" in dict(event.headers())["ce_type"])
sys.exit(2)
