#!/usr/bin/python3
"""invoices_test - invoices and credit notes as others read them: by the official schemas, and as text of the PDF.

    tests/documents/invoices_test.py build/dev/documents/invoice_paper_test
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import unittest
from typing import Any

import documents_test
import ubl_schema
from documents_test import NAMES, SETTINGS, TURKISH, UKRAINIAN, make, text_of
from lxml import etree

ORDER = "ord_mfrggzdfmztwq2lknnwg23tpoa"
TITLES = {"en": ("Invoice", "Credit note"), "tr": ("Fatura", "İade faturası"),
          "uk": ("Рахунок-фактура", "Кредит-нота"), "de": ("Invoice", "Credit note")}
ROOTS = {"invoice": "Invoice", "credit_note": "CreditNote"}


def line(number: int, **more: Any) -> dict[str, Any]:
    """Goods with 19 %."""
    return {"kind": "goods", "line_no": number, "sku": f"SKU-{number}", "quantity": 2, "unit_price_minor": 1200,
            "discount_minor": 20, "net_minor": 2000, "tax_minor": 380, "amount_minor": 2380, "category": "standard",
            "rate_ppm": 190000, **more}


def invoice(lines: int = 2, language: str = "en", kind: str = "invoice", **more: Any) -> dict[str, Any]:
    """What one says: goods, shipping without tax, and something that was paid before."""
    rest = [{"kind": "shipping", "net_minor": 490, "tax_minor": 0, "amount_minor": 490, "category": "zero",
             "rate_ppm": 0},
            {"kind": "balance", "net_minor": -84, "tax_minor": -16, "amount_minor": -100, "category": "standard",
             "rate_ppm": 190000}]
    address = {"name": f"Ґанна {UKRAINIAN}", "line1": f"Sokak {TURKISH}", "city": "Berlin", "postal_code": "10115",
               "country": "DE"}
    of = {"capture_id": f"{ORDER}-C1"} if kind == "invoice" else {
        "refund_id": f"{ORDER}-B1", "corrects": ["INV-2026-000001", "INV-2026-000002"]}
    net, tax = 2000 * lines - 84, 380 * lines - 16
    return {"id": f"{ORDER}-I1", "kind": kind, "number": "INV-2026-000007", "issued_at": "2026-03-01T09:30:00.000Z",
            "order_id": ORDER, "order_number": "TR-2026-000123", "channel_order_ref": "web-17",
            "purchase_order_number": "PO 5", "payment_id": f"{ORDER}-P1", "currency": "EUR", "tax_mode": "inclusive",
            "language": language,
            "buyer": {"name": "Ada Lovelace", "company": "Analytical Ltd.", "tax_number": "GB 123",
                      "email": "ada@shop.example", "address": address},
            "delivery": address, "lines": [line(number) for number in range(1, lines + 1)] + rest,
            "taxes": [{"category": "standard", "rate_ppm": 190000, "net_minor": net, "tax_minor": tax},
                      {"category": "zero", "rate_ppm": 0, "net_minor": 490, "tax_minor": 0}],
            "net_minor": net + 490, "tax_minor": tax, "amount_minor": net + 490 + tax, **of, **more}


def untaxed(category: str, kind: str, language: str) -> dict[str, Any]:
    """Goods for which nothing is charged."""
    whole = invoice(1, language, kind, tax_reason="NATO 7")
    free = {"category": category, "rate_ppm": 0, "net_minor": 2380, "tax_minor": 0}
    return whole | {"lines": [line(1) | free], "taxes": [free], "net_minor": 2380, "tax_minor": 0,
                    "amount_minor": 2380}


def bare(kind: str) -> dict[str, Any]:
    """With as little as there can be."""
    whole = invoice(1, kind=kind)
    for name in ("order_number", "channel_order_ref", "purchase_order_number", "language", "delivery", "corrects"):
        whole.pop(name, None)
    return whole | {"buyer": {"name": "-"}}


class InvoicesTest(unittest.TestCase):
    """As a customer gets them."""

    maxDiff = None

    def test_both_pass_the_official_schema(self) -> None:
        """Paid and on account, with everything and with little, of a shop with an address and without."""
        due = {"due_at": "2026-03-31T09:30:00.000Z"}
        for kind, root in ROOTS.items():
            schema = ubl_schema.load(root)
            given = [invoice(kind=kind), invoice(500, kind=kind, **due), bare(kind),
                     invoice(kind=kind, tax_mode="exclusive")]
            for settings in ({}, {name: "" for name in SETTINGS if name != "KERVAN_SHOP_NAME"}):
                for files in make(*given, **settings):
                    schema.assertValid(etree.fromstring(files["invoice.xml"]))

    def test_what_nothing_is_charged_for(self) -> None:
        """Exempt, or charged to the buyer: the code, and why in words, in XML that passes and on the page."""
        words = {"en": ("Exempt from tax: NATO 7.", "Reverse charge: the buyer accounts for the tax."),
                 "tr": ("Vergiden istisnadır: NATO 7.", "Ters yükümlülük (reverse charge): vergiyi alıcı beyan eder."),
                 "uk": ("Звільнено від податку: NATO 7.",
                        "Зворотне нарахування (reverse charge): податок сплачує покупець.")}
        for kind, root in ROOTS.items():
            for language, notes in words.items():
                for category, code, note in zip(("exempt", "reverse_charge"), ("E", "AE"), notes, strict=True):
                    given = untaxed(category, kind, language)
                    [files] = make(given)
                    document = etree.fromstring(files["invoice.xml"])
                    ubl_schema.load(root).assertValid(document)
                    sum_ = document.find("cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory", NAMES)
                    self.assertEqual([sum_.findtext(f"cbc:{name}", None, NAMES) for name in (
                        "ID", "Percent", "TaxExemptionReasonCode", "TaxExemptionReason")],
                        [code, "0", "VATEX-EU-AE" if code == "AE" else None, note])
                    [page] = text_of(files["invoice.pdf"])
                    self.assertIn(re.sub(r"\s", "", note), re.sub(r"\s", "", page), (language, page))

    def test_the_schema_refuses_what_is_wrong(self) -> None:
        """It is the schema that judges."""
        for kind, root in ROOTS.items():
            document = etree.fromstring(make(invoice(kind=kind))[0]["invoice.xml"])
            document.remove(document.find("cac:LegalMonetaryTotal", NAMES))
            self.assertFalse(ubl_schema.load(root).validate(document))

    def test_sums_add_up(self) -> None:
        """As the rules of EN 16931 have it: lines, rates and totals; a price less its discount makes its line."""
        document = etree.fromstring(make(invoice(3))[0]["invoice.xml"])

        def minor(element: Any, path: str) -> int:
            return round(sum(float(each.text) for each in element.findall(path, NAMES)) * 100)
        self.assertEqual(minor(document, "cac:InvoiceLine/cbc:LineExtensionAmount"), 6406)
        self.assertEqual(minor(document, "cac:LegalMonetaryTotal/cbc:LineExtensionAmount"), 6406)
        self.assertEqual(minor(document, "cac:TaxTotal/cac:TaxSubtotal/cbc:TaxableAmount"), 6406)
        self.assertEqual(minor(document, "cac:TaxTotal/cac:TaxSubtotal/cbc:TaxAmount"), 1124)
        self.assertEqual(minor(document, "cac:TaxTotal/cbc:TaxAmount"), 1124)
        self.assertEqual(minor(document, "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount"), 7530)
        self.assertEqual(minor(document, "cac:LegalMonetaryTotal/cbc:PayableAmount"), 0)
        for each in document.findall("cac:InvoiceLine", NAMES):
            sign = -1 if each.find("cbc:InvoicedQuantity", NAMES).text.startswith("-") else 1
            self.assertEqual(minor(each, "cbc:LineExtensionAmount"),
                             sign * minor(each, "cac:Price/cbc:PriceAmount")
                             - minor(each, "cac:AllowanceCharge/cbc:Amount"))
        due = etree.fromstring(make(invoice(due_at="2026-03-31T09:30:00.000Z"))[0]["invoice.xml"])
        self.assertEqual(due.find("cbc:DueDate", NAMES).text, "2026-03-31")
        self.assertEqual(minor(due, "cac:LegalMonetaryTotal/cbc:PayableAmount"), 5150)

    def test_what_a_credit_note_corrects(self) -> None:
        """The invoices of the order, by their numbers."""
        document = etree.fromstring(make(invoice(kind="credit_note"))[0]["invoice.xml"])
        self.assertEqual([each.text for each in document.findall(
            "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID", NAMES)], ["INV-2026-000001", "INV-2026-000002"])

    def test_every_letter_is_read_back(self) -> None:
        """In each language; unknown ones read English."""
        for language, titles in TITLES.items():
            for title, kind in zip(titles, ROOTS, strict=True):
                [page] = text_of(make(invoice(language=language, kind=kind))[0]["invoice.pdf"])
                for text in (title, UKRAINIAN, TURKISH, "Kervan Ticaret A.Ş.", "INV-2026-000007", "SKU-2", "19 %",
                             "TR-2026-000123", "GB 123", "1 / 1"):
                    self.assertIn(re.sub(r"\s", "", text), re.sub(r"\s", "", page), (language, page))

    def test_an_unpaid_invoice_is_paid_by_scanning(self) -> None:
        """Read back off the drawn page: EPC069-12 with the amount, the account and the number; others have no code."""
        account = {"KERVAN_SHOP_IBAN": "DE89370400440532013000", "KERVAN_SHOP_NAME": "Kervan Ticaret A.Ş. " + "ü" * 30}
        due = invoice(due_at="2026-03-31T09:30:00.000Z")
        unpaid, dollars, paid = make(due, due | {"currency": "USD"}, invoice(), **account)
        self.assertEqual(self.codes(unpaid["invoice.pdf"]), [
            "BCD\n002\n1\nSCT\n\nKervan Ticaret A.Ş. " + "ü" * 30 + "\nDE89370400440532013000\nEUR51.50\n\n\n"
            "INV-2026-000007\n"])
        self.assertIn("DE89370400440532013000", text_of(unpaid["invoice.pdf"])[0])
        for files in (dollars, paid, make(due)[0], make(due | {"kind": "credit_note"}, **account)[0]):
            self.assertEqual(self.codes(files["invoice.pdf"]), [])

    def codes(self, pdf: bytes) -> list[str]:
        """What a scanner reads off the page."""
        with tempfile.TemporaryDirectory() as folder:
            drawn = subprocess.run(["pdftoppm", "-r", "150", "-png", "-singlefile", "-", f"{folder}/page"], input=pdf,
                                   check=True, timeout=60)
            self.assertEqual(drawn.returncode, 0)
            read = subprocess.run(["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", f"{folder}/page.png"],
                                  capture_output=True, text=True, check=False, timeout=60)
        return [read.stdout] if read.stdout else []

    def test_the_same_is_the_same_bytes(self) -> None:
        """Whoever makes it, whenever and wherever; the JSON says what was given, and who sells."""
        first = make(invoice())[0]
        self.assertEqual(first, make(invoice(), TZ="Asia/Tokyo", LC_ALL="C", SOURCE_DATE_EPOCH="1")[0])
        said = json.loads(first["invoice.json"])
        self.assertEqual(said.pop("seller")["name"], "Kervan Ticaret A.Ş.")
        self.assertEqual(said, invoice())
        self.assertLess(len(make(invoice(500))[0]["invoice.pdf"]), 300_000)


if __name__ == "__main__":
    documents_test.MAKER = sys.argv.pop(1)
    unittest.main()
