#!/usr/bin/python3
"""compose_test.py - docker-compose.yml on a real engine: an order is delivered, containers die and go, nothing is lost.

    tests/containers/compose_test.py        as root, or where an engine runs; tests/containers/README.md

The tests run in the order of their names, each on what the one before left.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from engine import ROOT, Engine  # noqa: E402
from images import prepare  # noqa: E402
from basics import StackError, free_ports, run_checked, wait_until  # noqa: E402
from demo import SCOPES, Gateway, load  # noqa: E402

PROJECT = "kervan-test"
FILES = ("docker-compose.yml", "tests/containers/open.yml")
SERVICES = ("gateway", "order", "inventory", "payment", "fulfillment", "shipping", "notification")
STANDINS = ("payment-provider", "carrier", "mail-catcher")
LASTING = ("postgres", "kafka", *SERVICES, *STANDINS)
ONCE = ("roles", "migrate", "topics")
MAY_WRITE = ("kafka",)
PORTS = ("KERVAN_HTTP_PUBLISH", "KERVAN_MAIL_PUBLISH", "TEST_POSTGRES_PORT", "TEST_KAFKA_PORT", "TEST_PAYMENT_PORT",
         "TEST_CARRIER_PORT")
SIZE_LIMIT_BYTES = 120_000_000
UP_TIMEOUT_S, HEALTH_TIMEOUT_S, DOWN_TIMEOUT_S, BUILD_TIMEOUT_S, ORDER_TIMEOUT_S = 300, 90, 180, 1800, 60
ADDRESS = {"name": "Ada Shopper", "line1": "1 Quay Street", "city": "Dublin", "postal_code": "D02 XY45",
           "country": "IE"}
WRITE_SOMEWHERE = "(: >/x || : >/usr/x || : >/etc/x) 2>/dev/null || echo no"


def order_body(reference: str) -> dict[str, Any]:
    """An order of one piece."""
    return {"channel": "web", "channel_order_ref": reference, "currency": "EUR", "ship_to": ADDRESS,
            "customer": {"name": "Ada Shopper", "email": f"{reference}@shop.example", "locale": "en"},
            "lines": [{"sku": "DEMO-1", "quantity": 1, "unit_price_minor": 1900}],
            "shipping": {"service": "standard", "price_minor": 500}, "payment": {"method": "card", "token": "tok_ok"},
            "total_minor": 2400}


class ComposeTest(unittest.TestCase):
    """One project through its life."""

    engine: Engine
    gateway: Gateway

    @classmethod
    def setUpClass(cls) -> None:
        """An engine, images, secrets, ports."""
        cls.engine = cls.enterClassContext(Engine())
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="kervan-compose-")))
        cls.ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        cls.variables = {name: f"127.0.0.1:{port}" if "PUBLISH" in name else str(port)
                         for name, port in cls.ports.items()}
        cls.variables |= prepare(cls.engine) | {"KERVAN_SECRETS": str(cls.folder), "KERVAN_IMAGE": "kervan-test:local",
                                                "KERVAN_STANDINS_IMAGE": "kervan-test-standins:local"}
        run_checked("making secrets", [str(ROOT / "deploy/containers/secrets.sh"), str(cls.folder)], 30)
        cls.compose("down", "--volumes", "--remove-orphans", timeout_s=DOWN_TIMEOUT_S)
        cls.addClassCleanup(cls.compose, "down", "--volumes", "--remove-orphans", timeout_s=DOWN_TIMEOUT_S)
        cls.compose("build", "migrate", "carrier", timeout_s=BUILD_TIMEOUT_S)

    @classmethod
    def compose(cls, *words: str, timeout_s: float = 60) -> str:
        """A command of docker-compose for this project."""
        files = [part for name in FILES for part in ("-f", str(ROOT / name))]
        return run_checked(f"docker-compose {words[0]}",
                           ["docker-compose", "-p", PROJECT, "--project-directory", str(ROOT), *files,
                            "--profile", "demo", *words], timeout_s, env=cls.engine.environment | cls.variables)

    def up(self) -> None:
        """Bring all up, and wait until every container is well."""
        try:
            self.compose("up", "-d", "--no-build", timeout_s=UP_TIMEOUT_S)
        except StackError:
            print(self.compose("logs", "--no-color", "--tail", "20"), file=sys.stderr)
            raise
        for name in LASTING:
            wait_until(f"health of {name}", HEALTH_TIMEOUT_S, lambda at=name: self.is_well(at))
        for name in ONCE:
            self.assertEqual((self.state(name)["Status"], self.state(name)["ExitCode"]), ("exited", 0), name)

    def inspect(self, service: str) -> dict[str, Any]:
        """What the engine knows of a service's container."""
        return dict(json.loads(self.engine.run("inspect", self.container(service)))[0])

    def container(self, service: str) -> str:
        """The identity of a service's container."""
        labels = {"project": PROJECT, "service": service, "oneoff": "False"}
        filters = [part for name, value in labels.items()
                   for part in ("--filter", f"label=com.docker.compose.{name}={value}")]
        return self.engine.run("ps", "-aq", *filters).strip()

    def state(self, service: str) -> dict[str, Any]:
        """Whether it runs, and how well."""
        return dict(self.inspect(service)["State"])

    def is_well(self, service: str) -> bool:
        """What its health check says."""
        return bool(self.state(service).get("Health", {}).get("Status") == "healthy")

    def kervan(self, *words: str) -> str:
        """A command of the kervan program."""
        return self.compose("run", "--rm", "-T", "kervan", *words)

    def deliver(self, reference: str) -> str:
        """Place an order, and wait until it has been brought; its id."""
        status, order = self.gateway.do("POST", "/v1/orders", order_body(reference))
        self.assertEqual(status, 201, order)
        self.await_completed(order["id"])
        return str(order["id"])

    def await_completed(self, order_id: str) -> None:
        """Wait for an order's end."""
        wait_until(f"the end of {order_id}", ORDER_TIMEOUT_S, lambda: self.gateway.do(
            "GET", f"/v1/orders/{order_id}")[1]["status"] == "completed")

    # The tests.

    def test_1_images(self) -> None:
        """Small, without a compiler, and nobody in them is root."""
        base = self.engine.size_bytes(self.variables["KERVAN_DEBIAN_IMAGE"])
        for variable in ("KERVAN_IMAGE", "KERVAN_STANDINS_IMAGE"):
            image = self.variables[variable]
            added = self.engine.size_bytes(image) - base
            print(f"{image}: {added / 1e6:.0f} MB above its base", file=sys.stderr)
            self.assertLess(added, SIZE_LIMIT_BYTES, image)
            found = self.engine.run("run", "--rm", "--entrypoint", "sh", image, "-c",
                                    "id -u; command -v gcc cc clang ld make || true")
            self.assertRegex(found.strip(), r"\A1000[12]\Z", image)

    def test_2_up_and_deliver(self) -> None:
        """From nothing to an order that is paid and delivered."""
        self.up()
        key = self.kervan("key", "create", "--channel", "web", "--scopes", SCOPES).split()[-1]
        type(self).gateway = Gateway(f"http://{self.variables['KERVAN_HTTP_PUBLISH']}", key)
        load(self.gateway)
        type(self).orders = [self.deliver("first")]

    def test_3_hardened(self) -> None:
        """No container is root, writes to its own system, or can gain rights."""
        for name in (*LASTING, *ONCE):
            host = self.inspect(name)["HostConfig"]
            self.assertEqual((host["ReadonlyRootfs"], host["CapDrop"], host["Privileged"]),
                             (name not in MAY_WRITE, ["ALL"], False), name)
            self.assertIn("no-new-privileges:true", host["SecurityOpt"], name)
            self.assertEqual(host["LogConfig"]["Config"], {"max-size": "10m", "max-file": "3"}, name)
        for name in LASTING:
            status = Path(f"/proc/{self.state(name)['Pid']}/status").read_text().splitlines()
            fields = dict(line.split(":\t", 1) for line in status if ":\t" in line)
            self.assertNotIn("0", fields["Uid"].split(), name)
            self.assertEqual((int(fields["CapBnd"], 16), int(fields["CapEff"], 16), fields["NoNewPrivs"]), (0, 0, "1"),
                             name)
        for name in (*SERVICES, *STANDINS):
            refused = self.engine.run("exec", self.container(name), "sh", "-c", WRITE_SOMEWHERE)
            self.assertEqual(refused.strip(), "no", name)

    def test_4_killed(self) -> None:
        """kill -9 of each service with an order under way: the engine starts it again, the order ends."""
        for name in SERVICES:
            _, order = self.gateway.do("POST", "/v1/orders", order_body(f"killed-{name}"))
            before = self.state(name)
            os.kill(before["Pid"], signal.SIGKILL)
            wait_until(f"the return of {name}", ORDER_TIMEOUT_S, lambda at=name, old=before: (
                self.state(at)["Pid"] not in (0, old["Pid"]) and self.is_well(at)))
            self.await_completed(order["id"])
            self.orders.append(order["id"])

    def test_5_down_and_up(self) -> None:
        """Everything is removed but the volumes; services end in good order, and all is there afterwards."""
        self.compose("stop", *SERVICES, timeout_s=DOWN_TIMEOUT_S)
        for name in SERVICES:
            self.assertEqual(self.state(name)["ExitCode"], 0, name)
        self.compose("down", timeout_s=DOWN_TIMEOUT_S)
        self.up()
        for order_id in self.orders:
            self.await_completed(order_id)
        self.orders.append(self.deliver("after"))

    def test_6_checker(self) -> None:
        """Whoever looks from outside finds nothing wrong."""
        password = (self.folder / "owner-pg").read_text().split("password=")[1].strip()
        values = {"KERVAN_PG_OWNER": f"host=127.0.0.1 port={self.ports['TEST_POSTGRES_PORT']} dbname=kervan "
                                     f"user=kervan_owner password={password}",
                  "KERVAN_KAFKA": f"127.0.0.1:{self.ports['TEST_KAFKA_PORT']}",
                  "KERVAN_PAYMENT_URL": f"http://127.0.0.1:{self.ports['TEST_PAYMENT_PORT']}",
                  "KERVAN_CARRIER_URL": f"http://127.0.0.1:{self.ports['TEST_CARRIER_PORT']}",
                  "KERVAN_MAIL_URL": f"http://{self.variables['KERVAN_MAIL_PUBLISH']}"}
        (self.folder / "env").write_text("".join(f"export {name}='{value}'\n" for name, value in values.items()))
        (self.folder / "answers").write_text("".join(
            json.dumps({"order_id": order_id, "status": 201}) + "\n" for order_id in self.orders))
        done = subprocess.run([str(ROOT / "tests/checker/check.py"), "--env", str(self.folder / "env"), "--answers",
                               str(self.folder / "answers")], check=False, text=True, capture_output=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        print(done.stdout, file=sys.stderr)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    unittest.main(failfast=True)
