#!/usr/bin/python3
"""files_test.py - what can be known of the containers without an engine: do their files agree with the tree?"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy" / "dev"))
from service_table import Service, read_services  # noqa: E402
from settings import BUILD  # noqa: E402

OF_EVERY_SYSTEM = {"libc6"}
NOT_LINKED = {"ca-certificates", "fonts-dejavu-core"}
SECRET_FOLDER = "${KERVAN_SECRETS:-.secrets}/"


def group_of_packages(name: str) -> set[str]:
    """The packages of a group of deploy/packages.txt."""
    text = (ROOT / "deploy/packages.txt").read_text()
    found = re.search(rf"^# {name}\n((?:[a-z0-9].*\n)+)", text, re.MULTILINE)
    return set(found[1].split()) if found else set()


def packages_linked() -> set[str]:
    """The packages of the libraries that our programs name themselves."""
    files = set()
    for program in sorted((BUILD / "bin").glob("kervan*")):
        headers = subprocess.run(["readelf", "-d", program], check=True, capture_output=True, text=True).stdout
        loaded = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
        for name in re.findall(r"\(NEEDED\).*\[(.+)\]", headers):
            path = re.search(rf"^\s*{re.escape(name)} => (\S+)", loaded, re.MULTILINE)
            files |= {Path(path[1]).resolve()} if path else set()
    owners = subprocess.run(["dpkg", "-S", *(f"*/{path.parent.name}/{path.name}" for path in files)], check=True,
                            capture_output=True, text=True).stdout
    return {line.partition(":")[0] for line in owners.splitlines()}


class Files(unittest.TestCase):
    """Dockerfile, docker-compose.yml, deploy/packages.txt, deploy/containers/."""

    compose: dict[str, Any]
    started: dict[str, Service]

    @classmethod
    def setUpClass(cls) -> None:
        """Read docker-compose.yml once."""
        cls.compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
        cls.started = {service.name: service for service in read_services(ROOT / "deploy/dev/services.txt")}

    def test_every_service_is_there(self) -> None:
        """What `make run` starts, the compose file starts."""
        started = {name.replace("_", "-") for name in self.started}
        self.assertEqual(started - set(self.compose["services"]), set())

    def test_every_service_is_told_the_same(self) -> None:
        """What `make run` tells a service, the compose file tells it, too: settings, and addresses of its own kind."""
        for name, service in self.started.items():
            own = {need for need in service.needs if f"kervan-{need}" in self.started.get(need, service).command}
            wanted = set(service.environment) | {f"KERVAN_{need.upper()}_API" for need in own}
            given = self.compose["services"][name.replace("_", "-")].get("environment", {})
            self.assertEqual(wanted - set(given), set(), name)

    def test_every_service_is_hardened(self) -> None:
        """Nobody gains rights, fills the disk with logs, or writes to a system of ours."""
        for name, service in self.compose["services"].items():
            self.assertEqual(service["cap_drop"], ["ALL"], name)
            self.assertEqual(service["security_opt"], ["no-new-privileges:true"], name)
            self.assertEqual(service["logging"]["options"], {"max-size": "10m", "max-file": "3"}, name)
            if "build" in service:
                self.assertTrue(service["read_only"] and service["user"], name)

    def test_secrets_are_made(self) -> None:
        """Each secret that is named is listed, comes from secrets.sh, and each file variable names one."""
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([ROOT / "deploy/containers/secrets.sh", folder], check=True, timeout=60)
            made = {path.name for path in Path(folder).iterdir()}
        listed = {name: entry["file"] for name, entry in self.compose["secrets"].items()}
        self.assertEqual(listed, {name: SECRET_FOLDER + name for name in listed})
        self.assertEqual(set(listed) - made, set())
        for name, service in self.compose["services"].items():
            given = set(service.get("secrets", []))
            used = set(re.findall(r"/run/secrets/([\w.-]+)", f"{service.get('environment')} {service.get('command')}"))
            self.assertEqual((used - given, given - set(listed)), (set(), set()), name)

    def test_packages(self) -> None:
        """The groups that the Dockerfile installs are listed, and the image has what the programs are linked to."""
        for group in re.findall(r"install-packages (\w+)", (ROOT / "Dockerfile").read_text()):
            self.assertTrue(group_of_packages(group), group)
        self.assertEqual(group_of_packages("image") - NOT_LINKED, packages_linked() - OF_EVERY_SYSTEM)


if __name__ == "__main__":
    unittest.main()
