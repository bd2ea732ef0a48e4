"""images - what the containers of the test are made from: official images, or ones built here where none can be pulled.

    CONTAINER_IMAGES=built|official      built: from Debian's packages and the broker of `make run`
    EXTRA_CA_DIR                         certificates (*.crt) that the bare Debian trusts besides, for its apt sources
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from engine import CACHE, ROOT, Engine
from basics import run_checked  # noqa: E402 (engine.py sets the path)
from kafka_server import KafkaJars
from settings import cache_dir

HERE = Path(__file__).resolve().parent
BARE = "kervan-test/debian:bookworm"
POSTGRES = "kervan-test/postgres:15"
KAFKA = "kervan-test/kafka:3.9"
BUILD_TIMEOUT_S = 1200


def prepare(engine: Engine) -> dict[str, str]:
    """Make what is missing or changed; the variables by which docker-compose.yml is told of it."""
    if os.environ.get("CONTAINER_IMAGES", "built") == "official":
        return {"KERVAN_DEBIAN_IMAGE": "debian:bookworm-slim"}
    if not engine.has_image(BARE):
        print("making a bare Debian", file=sys.stderr, flush=True)
        import_bare(engine)
    build_postgres(engine)
    build_kafka(engine)
    return {"KERVAN_DEBIAN_IMAGE": BARE, "KERVAN_POSTGRES_IMAGE": POSTGRES, "KERVAN_KAFKA_IMAGE": KAFKA}


def import_bare(engine: Engine) -> None:
    """A bare Debian by debootstrap."""
    folder, extra = CACHE / "base", os.environ.get("EXTRA_CA_DIR")
    run_checked("making a bare Debian", [str(ROOT / "deploy/dev/bare_system.sh"), str(folder),
                                         *(["ca-certificates"] if extra else [])], BUILD_TIMEOUT_S)
    if extra:
        for path in Path(extra).glob("*.crt"):
            shutil.copy(path, folder / "usr/local/share/ca-certificates")
        run_checked("trusting certificates", ["chroot", str(folder), "update-ca-certificates"], 60)
    with subprocess.Popen(["tar", "-C", str(folder), "-c", "."], stdout=subprocess.PIPE) as packing:
        run_checked("docker import", ["docker", "import", "-", BARE], BUILD_TIMEOUT_S, env=engine.environment,
                    stdin=packing.stdout)


def build(engine: Engine, name: str, context: Path) -> None:
    """An image on the bare Debian."""
    engine.run("build", "-q", "--build-arg", f"DEBIAN_IMAGE={BARE}", "-t", name, str(context),
               timeout_s=BUILD_TIMEOUT_S)


def build_postgres(engine: Engine) -> None:
    """Debian's server."""
    build(engine, POSTGRES, HERE / "postgres")


def build_kafka(engine: Engine) -> None:
    """The broker's jars, as `make run` fetches them."""
    jars = KafkaJars(cache_dir())
    jars.ensure()
    with tempfile.TemporaryDirectory(prefix="kervan-kafka-image-") as context:
        shutil.copytree(HERE / "kafka", context, dirs_exist_ok=True)
        shutil.copytree(jars.folder / "lib", Path(context) / "lib")
        build(engine, KAFKA, Path(context))
