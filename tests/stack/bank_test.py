#!/usr/bin/python3
"""bank_test - transfers as the bank tells of them, on the running system: each line of a statement counts once.

    tests/stack/bank_test.py [-k NAME]     KERVAN_KEEP=1 keeps the logs of a failure
"""

from __future__ import annotations

import subprocess
import unittest
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg2
from built import SANITIZERS
from contract_view import check_view
from system import COMMAND_LINE, Body, Reply
from unhappy_case import ONE, UnhappyCase

IBAN, OTHER = "DE89370400440532013000", "TR330006100519786457841326"
BY_TRANSFER = {"method": "bank_transfer"}
CSV = {"delimiter": "semicolon", "decimal": "comma", "date": "dmy_dot", "booked_on": "Tag", "amount": "Betrag",
       "payer_name": "Name", "text": "Zweck", "bank_reference": "Nummer"}
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.0"


def entry(amount_minor: int, text: str, reference: str = "", credit: bool = True, reversal: bool = False) -> str:
    """One booked entry of CAMT.053, as version 2 has it."""
    return (f'<Ntry><Amt Ccy="EUR">{amount_minor / 100:.2f}</Amt><CdtDbtInd>{"CRDT" if credit else "DBIT"}</CdtDbtInd>'
            f"<RvslInd>{str(reversal).lower()}</RvslInd><Sts>BOOK</Sts><BookgDt><Dt>2026-03-01</Dt></BookgDt>"
            f"{f'<AcctSvcrRef>{reference}</AcctSvcrRef>' if reference else ''}<NtryDtls><TxDtls>"
            f"<RltdPties><Dbtr><Nm>Zeynep Şen</Nm></Dbtr></RltdPties>"
            f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>")


def camt(*entries: str, account: str = IBAN, version: int = 2) -> bytes:
    """A statement."""
    return (f'<?xml version="1.0"?><Document xmlns="{NAMESPACE}{version}"><BkToCstmrStmt><Stmt><Id>S</Id>'
            f"<Acct><Id><IBAN>{account}</IBAN></Id></Acct>{''.join(entries)}</Stmt></BkToCstmrStmt>"
            "</Document>").encode()


class BankTest(UnhappyCase):
    """One system; each test has orders of its own."""

    @classmethod
    def setUpClass(cls) -> None:
        """Two accounts of the shop."""
        super().setUpClass()
        cls.desk.sure("PUT", f"/v1/bank-accounts/{IBAN}",
                      {"holder": "Kervan GmbH", "bic": "COBADEFFXXX", "currency": "EUR", "tolerance_minor": 10})
        cls.desk.sure("PUT", f"/v1/bank-accounts/{OTHER}", {"holder": "Kervan A.Ş.", "currency": "EUR", "csv": CSV})

    def send(self, file: bytes, kind: str = "application/xml", query: str = "", key: str = "") -> Reply:
        """A file of a bank."""
        place = self.system.address("gateway").removeprefix("http://")
        fields = {"Authorization": f"Bearer {self.desk.key}", "Content-Type": kind,
                  "Idempotency-Key": key or uuid.uuid4().hex}
        return self.system._exchange(self.system._connect(place), "POST", f"/v1/bank-statements{query}", file, fields)

    def imported(self, file: bytes, kind: str = "application/xml", query: str = "") -> int:
        """One that must be taken; how many entries it has."""
        reply = self.send(file, kind, query)
        self.assertEqual(reply.status, 201, reply.data)
        check_view("gateway/bank_import.v1.json", reply.data)
        return int(reply.data["lines"])

    def awaiting(self, ref: str) -> tuple[str, str]:
        """An order that waits for a transfer, and its reference."""
        order_id = self.desk.place(ref, payment=BY_TRANSFER)
        self.desk.until_told(order_id, "payment.requires_action")
        shown = self.desk.sure("GET", f"/v1/payments/{order_id}-P1/transfer")
        check_view("payment/bank_transfer_view.v1.json", shown)
        self.assertEqual((shown["left_minor"], [one["account"] for one in shown["accounts"]]), (ONE, [IBAN, OTHER]))
        return order_id, str(shown["reference"])

    def lines(self, state: str, account: str = IBAN) -> list[Body]:
        """Lines of an account in a state."""
        items: list[Body] = self.desk.sure("GET", f"/v1/bank-accounts/{account}/lines?state={state}&limit=200")["items"]
        for item in items:
            check_view("payment/bank_line_view.v1.json", item)
        return items

    def line(self, reference: str, state: str, account: str = IBAN) -> Body:
        """The line of a bank's reference, once it is in a state."""
        def found() -> list[Body]:
            return [one for one in self.lines(state, account) if one["bank_reference"] == reference]
        self.desk.until(f"{reference} is {state}", found)
        return found()[0]

    def received(self, order_id: str) -> int:
        """What came for an order's first payment."""
        return int(self.desk.payment(order_id)["received_minor"])

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of the database."""
        with closing(psycopg2.connect(self.system.stack.postgres.conninfo("postgres"))) as connection:
            cursor = connection.cursor()
            cursor.execute(statement)
            return cursor.fetchall()

    def test_a_line_pays_once(self) -> None:
        """The same file under several keys, at once from many; and a statement that overlaps."""
        order_id, reference = self.awaiting("bank-1")
        file = camt(entry(ONE, f"Thanks! {reference.lower()}", "one-1"), entry(77, "no name"), entry(77, "no name"))
        with ThreadPoolExecutor(8) as pool:
            statuses = {reply.status for reply in pool.map(lambda _: self.send(file), range(8))}
        self.assertEqual(statuses, {201})
        self.assert_completed(order_id, ONE)
        self.assertEqual(self.received(order_id), ONE)
        self.assertEqual(self.imported(camt(entry(ONE, f"Thanks! {reference}", "one-1"), entry(5, "new", "one-2"))), 2)
        line = self.line("one-1", "matched")
        self.assertEqual((line["payment_id"], line["rule"], [one["state"] for one in line["events"]]),
                         (f"{order_id}-P1", "text", ["asked", "matched"]))
        self.assertEqual(len([one for one in self.lines("open") if one.get("text") == "no name"]), 2)
        self.assertEqual(self.desk.told(order_id).count("payment.money_received"), 1)

    def test_version_8_and_its_own_field(self) -> None:
        """Parties and statuses one element deeper, two payments in an entry, and the reference where it belongs."""
        first, second = self.awaiting("bank-8a"), self.awaiting("bank-8b")
        rf = self.desk.sure("GET", f"/v1/payments/{first[0]}-P1/transfer")["creditor_reference"]
        details = "".join(
            f'<TxDtls><Amt Ccy="EUR">{ONE / 100:.2f}</Amt><RltdPties><Dbtr><Pty><Nm>Ada</Nm></Pty></Dbtr></RltdPties>'
            f"<RmtInf>{told}</RmtInf></TxDtls>" for told in (f"<Strd><CdtrRefInf><Ref>{rf}</Ref></CdtrRefInf></Strd>",
                                                             f"<Ustrd>{second[1]}</Ustrd>"))
        whole = (f'<Ntry><Amt Ccy="EUR">{2 * ONE / 100:.2f}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
                 f"<BookgDt><Dt>2026-03-01</Dt></BookgDt><AcctSvcrRef>eight</AcctSvcrRef>"
                 f"<NtryDtls>{details}</NtryDtls></Ntry>")
        self.assertEqual(self.imported(camt(whole, version=8)), 2)
        self.assert_completed(first[0], ONE)
        self.assert_completed(second[0], ONE)
        self.assertEqual(self.line("eight/1", "matched")["rule"], "creditor_reference")

    def test_parts_too_little_and_too_much(self) -> None:
        """Two parts pay together; a few cents less are enough; a person takes less; what is too much is a task."""
        order_id, reference = self.awaiting("bank-2")
        self.imported(camt(entry(ONE - 500, reference, "two-1")))
        self.line("two-1", "matched")
        self.assertEqual(self.desk.payment(order_id)["state"], "requires_action")
        self.imported(camt(entry(491, reference, "two-2")))
        self.assert_completed(order_id, ONE)
        order_id, reference = self.awaiting("bank-3")
        self.imported(camt(entry(1000, reference, "three-1")))
        self.line("three-1", "matched")
        self.desk.sure("POST", f"/v1/payments/{order_id}-P1/accept-short", {"note": "Fees."}, key="short-3")
        self.assert_completed(order_id, ONE)
        order_id, reference = self.awaiting("bank-4")
        self.imported(camt(entry(ONE + 100, reference, "four-1")))
        self.assert_completed(order_id, ONE)
        self.desk.until("somebody is asked about it", lambda: self.desk.open_tasks(order_id))

    def test_people_decide(self) -> None:
        """Lines without a reference are matched by hand, once, or set aside; what fits is suggested."""
        order_id, _ = self.awaiting("bank-5")
        self.imported(camt(entry(ONE, "for the shoes", "five-1"), entry(12, "interest", "five-2")))
        line = self.line("five-1", "open")
        self.assertIn(f"{order_id}-P1", [one["payment_id"] for one in line["suggestions"]])
        path = f"/v1/bank-statement-lines/{line['id']}/match"
        unknown = {"payment_id": "ord_aaaaaaaaaaaaaaaaaaaaaaaaaa-P1"}
        self.assertEqual(self.desk.ask("POST", path, unknown, "m0").status, 404)
        with ThreadPoolExecutor(4) as pool:
            asked = pool.map(lambda n: self.desk.ask("POST", path, {"payment_id": f"{order_id}-P1"}, f"m{n}").status,
                             range(1, 5))
            self.assertEqual(sorted(asked), [200, 409, 409, 409])
        self.assert_completed(order_id, ONE)
        done = self.desk.sure("GET", f"/v1/bank-statement-lines/{line['id']}")
        self.assertEqual((done["state"], done["rule"], "who" in done["events"][-1]), ("matched", "person", True))
        other = self.line("five-2", "open")
        path = f"/v1/bank-statement-lines/{other['id']}/set-aside"
        self.assertEqual(self.desk.ask("POST", path, {}, "s0").status, 400)
        aside = self.desk.sure("POST", path, {"reason": "Interest."}, key="s1")
        self.assertEqual((aside["state"], aside["reason"]), ("set_aside", "Interest."))
        actions = [one["action"] for one in self.desk.sure("GET", "/v1/audit/log?limit=200")["items"]]
        for action in ("kervan.bank_line.match.v1", "kervan.bank_line.set_aside.v1", "kervan.bank_statement.import.v1"):
            self.assertIn(action, actions)

    def test_the_bank_takes_back(self) -> None:
        """What was secured is gone: the order asks for the money anew, under another number."""
        order_id, reference = self.awaiting("bank-6")
        self.imported(camt(entry(ONE - 600, reference, "six-1")))
        self.line("six-1", "matched")
        self.imported(camt(entry(ONE - 600, reference, "six-2", credit=False, reversal=True)))
        self.line("six-2", "matched")
        self.assertEqual(self.received(order_id), 0)
        self.imported(camt(entry(ONE, reference, "six-3")))
        self.assert_completed(order_id, ONE)
        self.imported(camt(entry(ONE, reference, "six-4", credit=False, reversal=True)))
        self.assertEqual(self.line("six-4", "open")["reason"], "not_to_undo")

    def test_money_for_a_canceled_order(self) -> None:
        """It is counted, told as late, and somebody gives it back."""
        order_id, reference = self.awaiting("bank-7")
        self.desk.sure("POST", f"/v1/orders/{order_id}/cancel", {"reason": "shopper_request"}, key="cancel-7")
        self.desk.until_status(order_id, "canceled")
        self.imported(camt(entry(ONE, reference, "seven-1")))
        self.line("seven-1", "matched")
        self.desk.until("somebody is asked about it", lambda: self.desk.open_tasks(order_id))

    def test_csv(self) -> None:
        """Columns as the account says; the same file again; the shop's command sends it, too."""
        order_id, reference = self.awaiting("bank-9")
        amount = f"{ONE / 100:.2f}".replace(".", ",")
        file = f"Tag;Name;Zweck;Betrag;Nummer\n01.03.2026;Ada;{reference};{amount};n-1\n".encode()
        self.assertEqual(self.imported(file, "text/csv; charset=utf-8", f"?account={OTHER}"), 1)
        self.assertEqual(self.imported(file, "text/csv", f"?account={OTHER}"), 1)
        self.assert_completed(order_id, ONE)
        self.assertEqual(self.received(order_id), ONE)
        path = self.system.settings.run_dir / "statement.csv"
        path.write_bytes(file)
        environment = {"KERVAN_URL": self.system.address("gateway"), "KERVAN_STAFF_KEY": self.desk.key}
        for account, status in ((OTHER, 0), (IBAN, None)):
            done = subprocess.run([str(COMMAND_LINE), "bank", "import", str(path), "--account", account], text=True,
                                  capture_output=True, timeout=60, check=False, env=SANITIZERS | environment)
            self.assertEqual(done.returncode == 0, status == 0, done.stdout + done.stderr)
        self.assertIn("has no csv", done.stderr)

    def test_what_is_refused(self) -> None:
        """Bad files and strange accounts, each with what is wrong; nothing of them is kept."""
        count = self.sql("SELECT count(*) FROM payment.bank_line")
        for file, kind, query, status, words in (
                (b"<a/>", "application/xml", "", 422, "camt.053"),
                (b'<!DOCTYPE a [<!ENTITY b "c">]><Document/>', "application/xml", "", 422, "document type"),
                (camt(entry(5, "x"), account="DE00000"), "application/xml", "", 422, "no account of the shop"),
                (camt(entry(5, "x")), "application/xml", f"?account={OTHER}", 400, "not the account of the file"),
                (b"a;b\n", "text/csv", f"?account={OTHER}", 422, "no column"),
                (b"a;b\n", "text/csv", f"?account={IBAN}", 422, "has no csv"),
                (b"a;b\n", "text/csv", "", 400, "account"),
                (b"a;b\n", "text/csv", "?account=DE00000", 400, "no account of the shop"),
                (b"{}", "application/json", "", 415, "camt.053")):
            reply = self.send(file, kind, query)
            self.assertEqual(reply.status, status, reply.data)
            self.assertIn(words, str(reply.data))
        self.assertEqual(self.send(b" " * (8 << 20) + camt(), "application/xml").status, 413)
        self.assertEqual(self.sql("SELECT count(*) FROM payment.bank_line"), count)
        self.assertEqual(self.desk.ask("GET", f"/v1/bank-accounts/{IBAN}/lines?state=lost").status, 400)


if __name__ == "__main__":
    unittest.main(verbosity=2)
