"""ubl_schema - the official XSD of UBL 2.1, fetched once into the cache folder with Maven.

    ubl_schema.load("Order").assertValid(document)
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path

from lxml import etree

POM = Path(__file__).resolve().parent / "pom.xml"
FETCH_TIMEOUT_S = 240
SCHEMA_FOLDER = "external/schemas/ubl21"
# Imports that name no place: who reads the schema has to know one.
PLACES = {
    "urn:un:unece:uncefact:data:specification:CoreComponentTypeSchemaModule:2": "CCTS_CCT_SchemaModule.xsd",
    "http://www.w3.org/2000/09/xmldsig#": "xmldsig-core-schema.xsd",
    "http://uri.etsi.org/01903/v1.3.2#": "XAdES01903v132-201601.xsd",
    "http://uri.etsi.org/01903/v1.4.1#": "XAdES01903v141-201601.xsd",
}
IMPORT = re.compile(r'<(xsd?:|xs:|)import\s[^>]*?namespace="([^"]+)"[^>]*?/>', re.S)


def cache_dir() -> Path:
    """Where what is fetched once is kept."""
    return Path(os.environ.get("KERVAN_CACHE_DIR") or Path.home() / ".cache" / "kervan")


def placed(text: str) -> str:
    """A schema whose imports of what is no part of UBL say where it lies."""
    def place(match: re.Match[str]) -> str:
        name = PLACES.get(match[2])
        return f'<{match[1]}import namespace="{match[2]}" schemaLocation="../common/{name}"/>' if name else match[0]
    # A document type declaration would be fetched; nothing of it is used.
    return IMPORT.sub(place, re.sub(r"<!DOCTYPE[^\[>]*(\[.*?\]\s*)?>", "", text, flags=re.S))


def unpack(jars: Path, to: Path) -> None:
    """The schemas out of the jars: documents in maindoc/, all else in common/."""
    for jar in sorted(jars.glob("*.jar")):
        with zipfile.ZipFile(jar) as archive:
            for name in archive.namelist():
                if name.endswith(".xsd") and name.startswith((SCHEMA_FOLDER, "schemas/")):
                    folder = "maindoc" if "/maindoc/" in name else "common"
                    place = to / folder / Path(name).name
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_text(placed(archive.read(name).decode("utf-8")), encoding="utf-8")


def folder() -> Path:
    """The folder of the schemas, fetched beside it and moved there when it is whole."""
    text = POM.read_bytes() + Path(__file__).read_bytes()
    whole = cache_dir() / f"ubl-{hashlib.sha256(text).hexdigest()[:8]}"
    if whole.exists():
        return whole
    whole.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix="ubl-fetch-", dir=whole.parent))
    try:
        subprocess.run(["/usr/bin/mvn", "-B", "-q", "-C", "-f", str(POM),
                        *os.environ.get("KERVAN_MAVEN_OPTIONS", "").split(), "-DincludeScope=runtime",
                        f"-DoutputDirectory={partial / 'lib'}", "dependency:copy-dependencies"],
                       check=True, timeout=FETCH_TIMEOUT_S)
        unpack(partial / "lib", partial / "xsd")
        (partial / "xsd").rename(whole)
    except OSError:
        if not whole.exists():  # somebody else was faster
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return whole


@lru_cache
def load(document: str) -> etree.XMLSchema:
    """The schema of a kind of document: Order, Invoice."""
    parser = etree.XMLParser(no_network=True)
    return etree.XMLSchema(etree.parse(str(folder() / "maindoc" / f"UBL-{document}-2.1.xsd"), parser))
