#!/usr/bin/python3
"""Writes the fuzzer's first inputs and its dictionary from the schemas.

    tests/fuzz/make_corpus.py SCHEMAS FOLDER DICTIONARY
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def nasty(example: dict[str, Any]) -> dict[str, bytes]:
    """Shapes that broke other decoders, made of a valid message."""
    text = json.dumps(example)
    first = next(iter(example))
    return {
        "plain": text.encode(),
        "spaced": json.dumps(example, indent=2).encode(),
        "repeated": (text[:-1] + f', "{first}": null}}').encode(),
        "extra": (text[:-1] + ', "a/b~c": [1.5, {"d": "\\ud83d\\uded2"}]}').encode(),
        "empty": b"{}",
        "cut": text.encode()[: len(text) // 2],
    }


def fixed() -> dict[str, bytes]:
    """Texts that are bad for every message."""
    return {
        "deep": b"[" * 10000,
        "deep_object": b'{"a":' * 5000,
        "nul": b'{"clock":7\x00}',
        "nul_escape": b'{"order_id":"\\u0000"}',
        "surrogate": b'{"order_id":"\\ud800"}',
        "latin": b'{"order_id":"\xe9"}',
        "huge_number": b'{"clock":' + b"9" * 400 + b"}",
        "huge_real": b'{"clock":1e999}',
        "many_keys": b"{" + b",".join(b'"k%d":0' % number for number in range(5000)) + b"}",
        "nothing": b"",
    }


TRACKER = (b'{"description":"tracker.updated","result":{"object":"Tracker","tracking_code":"EZ1000000001",'
           b'"status":"delivered","signed_by":"A","tracking_details":[{"status":"in_transit",'
           b'"datetime":"2026-01-31T12:00:00Z","message":"x"}]}}')
INTENT = (b'{"id":"pi_1","object":"payment_intent","status":"requires_capture","amount_received":0,'
          b'"metadata":{"payment_id":"ord_mfrggzdfmztwq2lknnwg23tpoa-P1"}}')
ERROR = b'{"error":{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds"}}'
SHIPMENT = (b'{"id":"shp_1","rates":[{"id":"rate_1","carrier":"DHL","service":"Parcel","rate":"7.58","currency":"EUR",'
            b'"delivery_days":2}],"tracking_code":"EZ1","postage_label":{"label_url":"https://carrier.example/l"}}')
CAMT = (b'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt>'
        b"<Id>S</Id><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>"
        b'<Ntry><Amt Ccy="EUR">3.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><RvslInd>false</RvslInd><Sts><Cd>BOOK</Cd></Sts>'
        b"<BookgDt><Dt>2026-03-01</Dt></BookgDt><AcctSvcrRef>A1</AcctSvcrRef><NtryDtls>"
        b'<TxDtls><Refs><EndToEndId>E</EndToEndId></Refs><Amt Ccy="EUR">1.00</Amt><RltdPties><Dbtr><Pty>'
        b"<Nm>Ada</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>DE1</IBAN></Id></DbtrAcct></RltdPties>"
        b"<RmtInf><Ustrd>KV-0000-0000-01A</Ustrd></RmtInf>"
        b'</TxDtls><TxDtls><Amt Ccy="EUR">2.00</Amt><RmtInf><Strd><CdtrRefInf><Ref>RF90KV0000000001A</Ref></CdtrRefInf>'
        b"</Strd></RmtInf></TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>")
# What edges.c reads, well formed: the fuzzer goes on from there.
EDGES = {
    "precondition": [b'"17"', b'W/"17", "19"', b"*", b"\n*", b'"1","2","3","4","5","6","7"'],
    "idempotency_key": [b"order-1", b'"quoted \\" key"', b"k" * 255, b"4111111111111111"],
    "lines": [b"{}\r\n\n  \n{\"a\":1}\n" + b"x" * 40 + b"\nlast", b"\r\r\n\xff\x00\n"],
    "prefer": [b"wait=5", b"respond-async, wait=5; x", b"wait=99999999999999999999"],
    "credentials": [b"Bearer kvn_live_0123456789abcdef_" + b"0" * 64, b"bearer  x", b"Basic eDp5"],
    "language": [b"tr-TR;q=0.5, uk;q=0.25,en", b"*;q=0", b"en;q=0.0001"],
    "trace": [b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
              b"cc-" + b"1" * 32 + b"-" + b"2" * 16 + b"-01-x"],
    "envelope": [b"ce_id: req_1\nce_clock: 7\nce_precondition: 17\ntraceparent: 00-x\nother: y\n"],
    "target": [b"/v1/orders/ord_x?limit=5&cursor=63&q=a%20b+c", b"/docs/..%2f..%2fetc",
               b"/%c3%a9/%ed%a0%80/%00", b"/a//b/./.."],
    "cursor": [b"63311f31371f41", b"63311f", b"63311f31371f41ff"],
    "ids": [b"ord_mfrggzdfmztwq2lknnwg23tpoa-P1", b"ord_mfrggzdfmztwq2lknnwg23tpob",
            b"ord_mfrggzdfmztwq2lknnwg23tpoa-F999999999999"],
    "instant": [b"2026-01-31T12:00:00.123456789+05:30", b"9999-12-31T23:59:60Z", b"1970-01-01T00:00:00-23:59"],
    "choice": [b"A" * 75, b"_-" * 37],
    "webhook": [b"t=1800000000,v1=" + b"0" * 64 + b"\n{}", b"hmac-sha256-hex=" + b"a" * 64 + b"\n{}"],
    "paypal_headers": [b"69cd13f0-d67a-11e5\n2027-01-15T08:00:00Z\n"
                       b"https://api.paypal.com/v1/notifications/certs/CERT-1\n"
                       b'{"resource":{"custom_id":"1/ord_mfrggzdfmztwq2lknnwg23tpoa-P1"}}'],
    "razorpay_webhook": [b'{"event":"payment.authorized","created_at":1,"payload":{"payment":{"entity":{"id":"pay_1",'
                         b'"order_id":"order_1","notes":{"kervan":"1,ord_mfrggzdfmztwq2lknnwg23tpoa-P1"}}}}}'],
    "paypal_webhook": [b'{"id":"WH-1","event_type":"CHECKOUT.ORDER.APPROVED","resource":{"id":"5O1","purchase_units":'
                       b'[{"custom_id":"1/ord_mfrggzdfmztwq2lknnwg23tpoa-P1"}]}}'],
    "stripe_webhook": [b'{"id":"evt_1","type":"payment_intent.succeeded","data":{"object":' + INTENT + b"}}"],
    "easypost_webhook": [TRACKER],
    "stripe_answer": [b"200\n" + INTENT, b"402\n" + ERROR, b'200\n{"object":"list","data":[' + INTENT + b"]}",
                      b"500\n"],
    "easypost_answer": [b"200\n" + SHIPMENT, b'422\n{"error":{"code":"ADDRESS.VERIFY.FAILURE"}}',
                        b'200\n{"shipments":[' + SHIPMENT + b"]}"],
    "camt": [CAMT, CAMT.replace(b"<BkTo", b"<!-- x --><BkTo"), b"<!DOCTYPE a [<!ENTITY b \"c\">]><Document/>"],
    "bank_csv": [b'Tag;Name;Zweck;Betrag\r\n01.03.2026;"A ""B""";"KV\n0000";1.234,50\r\n2.3.2026;;;-1,00\r\n'],
}


def words(schema: Any) -> Iterator[str]:
    """Field names, enum values and types: what a mutation should be able to write."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        yield from (value for value in schema.get("enum", ()) if isinstance(value, str))
        if "x-kervan" in schema:
            yield schema["x-kervan"]["type"] + "\t"
        for value in schema.values():
            yield from words(value)
    for item in schema if isinstance(schema, list) else ():
        yield from words(item)


def main() -> int:
    """Run the command line."""
    schemas, folder, dictionary = (Path(argument) for argument in sys.argv[1:4])
    folder.mkdir(parents=True, exist_ok=True)
    found: set[str] = set()
    for path in sorted(schemas.glob("types/*.json")) + sorted(schemas.glob("*/*.v*.json")):
        schema = json.loads(path.read_text("utf-8"))
        found.update(words(schema))
        if "x-kervan" in schema:
            name = schema["x-kervan"]["type"]
            for case, data in nasty(schema["examples"][0]).items():
                (folder / f"{name}.{case}").write_bytes(name.encode() + b"\t" + data)
    for case, data in fixed().items():
        (folder / f"fixed.{case}").write_bytes(b"kervan.order.placed.v1\t" + data)
    for name, inputs in EDGES.items():
        found.add(name + "\t")
        for number, data in enumerate(inputs):
            (folder / f"edge.{name}.{number}").write_bytes(name.encode() + b"\t" + data)
    lines = (json.dumps(word).replace("\\t", "\\x09") for word in sorted(found))
    dictionary.write_text("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
