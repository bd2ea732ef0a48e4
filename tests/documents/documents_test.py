#!/usr/bin/python3
"""documents_test - a purchase order's documents as others read them: by the official schema, and as text of the PDF.

    tests/documents/documents_test.py build/dev/documents/paper_test
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

import ubl_schema
from lxml import etree

MAKER = ""
SETTINGS = {"KERVAN_SHOP_NAME": "Kervan Ticaret A.Ş.", "KERVAN_SHOP_STREET": "İstiklal Cad. 7",
            "KERVAN_SHOP_CITY": "İstanbul", "KERVAN_SHOP_POSTAL_CODE": "34433", "KERVAN_SHOP_COUNTRY": "TR",
            "KERVAN_SHOP_TAX_NUMBER": "1234567890", "KERVAN_SHOP_EMAIL": "alim@kervan.example"}
TURKISH, UKRAINIAN = "ğĞıİşŞçÇöÖüÜ", "ґҐєЄіІїЇщЩжЖ"
NAMES = {"cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
         "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"}
TITLES = {"en": "Purchase order", "tr": "Satın alma siparişi", "uk": "Замовлення постачальнику", "de": "Purchase order"}


def paper(lines: int = 2, language: str = "en", **more: Any) -> dict[str, Any]:
    """What an order says."""
    return {"purchase_order_id": "req_mfrggzdfmztwq2lknnwg23tpoa", "sent_at": "2026-03-01T08:00:00.000Z",
            "supplier": "ACME", "name": f"Поставка {UKRAINIAN}", "email": "orders@acme.example", "language": language,
            "currency": "TRY", "deliver_on": "2026-03-08", "place": "Berlin",
            "address": {"name": "Kervan Berlin", "line1": "Invalidenstr. 117", "city": "Berlin",
                        "postal_code": "10115", "country": "DE"},
            "lines": [{"sku": f"SKU-{number}", "supplier_sku": f"A-{number}", "name": f"Mal {number} {TURKISH}",
                       "unit": "kg" if number % 2 else "piece", "quantity": number, "price_minor": 1000 + number}
                      for number in range(1, lines + 1)], **more}


def make(*papers: dict[str, Any], **environment: str) -> list[dict[str, bytes]]:
    """The documents of each, by name; their hashes are those that are told."""
    given = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in papers)
    done = subprocess.run([MAKER], input=given, text=True, capture_output=True, timeout=60, check=True,
                          env=os.environ | SETTINGS | environment)
    made = []
    for line in done.stdout.splitlines():
        documents = {}
        for each in json.loads(line)["papers"]:
            content = base64.b64decode(each["content"])
            assert hashlib.sha256(content).hexdigest() == each["sha256"]
            documents[each["name"]] = content
        made.append(documents)
    assert len(made) == len(papers), done.stdout[:2000]
    return made


def text_of(pdf: bytes) -> list[str]:
    """What is read of each page."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        shown = subprocess.run(["pdftotext", "-layout", "-enc", "UTF-8", file.name, "-"], capture_output=True,
                               check=True, timeout=60).stdout.decode()
    return shown.rstrip("\f").split("\f")


class DocumentsTest(unittest.TestCase):
    """As a supplier gets them."""

    maxDiff = None

    def test_the_order_passes_the_official_schema(self) -> None:
        """With everything, and with as little as there can be."""
        bare = paper(1)
        for name in ("email", "language", "deliver_on", "address", "place"):
            del bare[name]
        for name in ("supplier_sku", "unit"):
            del bare["lines"][0][name]
        schema = ubl_schema.load("Order")
        for settings in ({}, {name: "" for name in SETTINGS if name != "KERVAN_SHOP_NAME"}):
            for documents in make(paper(), bare, paper(200), **settings):
                schema.assertValid(etree.fromstring(documents["purchase-order.xml"]))

    def test_the_schema_refuses_what_is_wrong(self) -> None:
        """It is the schema that judges."""
        order = etree.fromstring(make(paper())[0]["purchase-order.xml"])
        order.remove(order.find("cac:SellerSupplierParty", NAMES))
        self.assertFalse(ubl_schema.load("Order").validate(order))

    def test_the_order_says_what_is_ordered(self) -> None:
        """Lines with unit codes and amounts; parties, the day and the number."""
        order = etree.fromstring(make(paper())[0]["purchase-order.xml"])

        def one(path: str) -> str:
            found = order.xpath(path, namespaces=NAMES)
            self.assertEqual(len(found), 1, path)
            return str(found[0].text)
        self.assertEqual(one("cbc:ID"), "req_mfrggzdfmztwq2lknnwg23tpoa")
        self.assertEqual(one("cac:BuyerCustomerParty//cac:PartyName/cbc:Name"), "Kervan Ticaret A.Ş.")
        self.assertEqual(one("cac:BuyerCustomerParty//cbc:CompanyID"), "1234567890")
        self.assertEqual(one("cac:SellerSupplierParty//cac:PartyName/cbc:Name"), f"Поставка {UKRAINIAN}")
        self.assertEqual(one("cac:Delivery//cbc:EndDate"), "2026-03-08")
        self.assertEqual(one("cac:Delivery//cac:DeliveryAddress/cbc:CityName"), "Berlin")
        self.assertEqual(one("cac:AnticipatedMonetaryTotal/cbc:PayableAmount"), "30.05")
        quantities = [(each.text, each.get("unitCode"))
                      for each in order.iterfind(".//cac:LineItem/cbc:Quantity", NAMES)]
        self.assertEqual(quantities, [("1", "KGM"), ("2", "H87")])
        prices = [(each.text, each.get("currencyID")) for each in order.iterfind(".//cbc:PriceAmount", NAMES)]
        self.assertEqual(prices, [("10.01", "TRY"), ("10.02", "TRY")])

    def test_every_letter_is_read_back(self) -> None:
        """In each language; unknown ones read English."""
        for language, title in TITLES.items():
            [page] = text_of(make(paper(language=language))[0]["purchase-order.pdf"])
            for text in (title, UKRAINIAN, TURKISH, "Kervan Ticaret A.Ş.", "İstiklal Cad. 7", "SKU-2", "1 / 1",
                         "req_mfrggzdfmztwq2lknnwg23tpoa", "Invalidenstr. 117"):
                # A long word may be broken; its letters are there in order.
                self.assertIn(re.sub(r"\s", "", text), re.sub(r"\s", "", page), (language, page))

    def test_long_tables_break_over_pages(self) -> None:
        """Each line once, the head on each page, pages are numbered."""
        pages = text_of(make(paper(200))[0]["purchase-order.pdf"])
        self.assertGreater(len(pages), 3)
        whole = "\n".join(pages)
        for number in range(1, 201):
            self.assertEqual(len(re.findall(rf"\bSKU-{number}\b", whole)), 1, number)
        for number, page in enumerate(pages, 1):
            self.assertIn("Description", page)
            self.assertRegex(page, rf"\b{number} ?/ ?{len(pages)}\n")
        self.assertLess(len(make(paper(200))[0]["purchase-order.pdf"]), 200_000)

    def test_the_same_order_is_the_same_bytes(self) -> None:
        """Whoever makes it, whenever and wherever; another one is another."""
        first = make(paper())[0]
        self.assertEqual(first, make(paper(), TZ="Asia/Tokyo", LC_ALL="C", SOURCE_DATE_EPOCH="1")[0])
        self.assertEqual(first, make(paper(3), paper())[1])
        other = make(paper(), KERVAN_SHOP_NAME="Başka")[0]
        self.assertNotEqual(first["purchase-order.pdf"], other["purchase-order.pdf"])

    def test_the_file_is_dated_by_the_order(self) -> None:
        """By no clock."""
        pdf = Path(tempfile.mkdtemp()) / "order.pdf"
        pdf.write_bytes(make(paper())[0]["purchase-order.pdf"])
        shown = subprocess.run(["pdfinfo", "-isodates", str(pdf)], capture_output=True, text=True, check=True,
                               timeout=60, env=os.environ | {"TZ": "UTC"}).stdout
        self.assertRegex(shown, r"CreationDate: +2026-03-01T08:00:00")
        self.assertRegex(shown, r"Page size: +59[45]\S* x 84[12]")


if __name__ == "__main__":
    MAKER = sys.argv.pop(1)
    unittest.main()
