"""kafka_server.py - a private Kafka of one node: where its jars come from, how it is configured and started."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from basics import LOCALHOST, StackError, end_processes, free_ports, is_listening, run_checked, wait_until

POM = Path(__file__).with_name("kafka") / "pom.xml"
JAVA_HOMES = Path("/usr/lib/jvm")
FETCH_TIMEOUT_S = 900
START_TIMEOUT_S = 60
LOGGING = """\
log4j.rootLogger=INFO, file
log4j.appender.file=org.apache.log4j.RollingFileAppender
log4j.appender.file.File=${kervan.log}
log4j.appender.file.MaxFileSize=20MB
log4j.appender.file.MaxBackupIndex=2
log4j.appender.file.layout=org.apache.log4j.PatternLayout
log4j.appender.file.layout.ConversionPattern=%d{ISO8601} %p %c{1} %m%n
"""
DEFAULTS = {
    "node.id": "1",
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "PLAINTEXT",
    "auto.create.topics.enable": "false",
    "unclean.leader.election.enable": "false",
    "log.index.size.max.bytes": "262144",  # each index file is made at its full size: by default 10 MB of zeros a file
    "log.message.timestamp.type": "LogAppendTime",
    "group.initial.rebalance.delay.ms": "0",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "num.recovery.threads.per.data.dir": "2",
    # A broker that was killed is let in again once its old session is over.
    "broker.session.timeout.ms": "5000",
    "broker.heartbeat.interval.ms": "1000",
}


def java() -> str:
    """Debian's Java 17, whatever else the machine calls java."""
    for home in sorted(JAVA_HOMES.glob("java-1.17.0-openjdk-*")) + sorted(JAVA_HOMES.glob("java-17-openjdk-*")):
        if (home / "bin" / "java").exists():
            return str(home / "bin" / "java")
    raise StackError("there is no Java 17; run deploy/dev/install.sh")


def maven_options() -> list[str]:
    """Options for Maven that this machine's owner gives, such as `-s FILE` with settings."""
    return os.environ.get("KERVAN_MAVEN_OPTIONS", "").split()


def java_options() -> list[str]:
    """Options for Java; `make test` wants its cheap compiler: no broker of a test lives long enough for the other."""
    return os.environ.get("KERVAN_JAVA_OPTIONS", "").split()


class KafkaJars:
    """The broker's jars in the cache folder, fetched once, with a class archive that halves the start."""

    def __init__(self, cache_dir: Path) -> None:
        """The folder is named after the pinned list, so a change of that fetches anew."""
        text = POM.read_text()
        found = re.search(r"<kafka\.version>([0-9.]+)<", text)
        version = found.group(1) if found else "unknown"
        self.folder = cache_dir / f"kafka-{version}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
        self.archive = self.folder / "classes.jsa"

    def complete(self) -> bool:
        """Is every jar there, in its size?"""
        try:
            sizes = json.loads((self.folder / "jars.json").read_text())
            return all((self.folder / "lib" / name).stat().st_size == size for name, size in sizes.items())
        except (OSError, ValueError):
            return False

    def fetch(self) -> None:
        """Fetch what pom.xml names, beside the place, and move it there when it is whole."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix="kafka-fetch-", dir=self.folder.parent))
        try:
            run_checked("fetching Kafka with Maven",
                        ["/usr/bin/mvn", "-B", "-q", "-C", "-f", str(POM), *maven_options(), "-DincludeScope=runtime",
                         f"-DoutputDirectory={partial / 'lib'}", "dependency:copy-dependencies"], FETCH_TIMEOUT_S)
            sizes = {path.name: path.stat().st_size for path in (partial / "lib").iterdir()}
            (partial / "jars.json").write_text(json.dumps(sizes, indent=1))
            partial.chmod(0o755)
            if not self.complete():
                shutil.rmtree(self.folder, ignore_errors=True)
                partial.rename(self.folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        self._make_archive()

    def ensure(self) -> None:
        """Fetch the jars unless they are there."""
        if not self.complete():
            self.fetch()

    def command(self, memory: str, log: Path, main: str, *arguments: str) -> list[str]:
        """A program of these jars; the archive is taken when it fits the Java that runs."""
        return [java(), f"-Xmx{memory}", "-XX:+UseSerialGC", "-Xshare:auto", f"-XX:SharedArchiveFile={self.archive}",
                *java_options(), f"-Dkervan.log={log}",
                f"-Dlog4j.configuration=file:{self.folder / 'log4j.properties'}",
                "-cp", str(self.folder / "lib" / "*"), main, *arguments]

    def _make_archive(self) -> None:
        """Run a broker once, that leaves its loaded classes; without it all works, more slowly."""
        (self.folder / "log4j.properties").write_text(LOGGING)
        with tempfile.TemporaryDirectory(prefix="kervan-kafka-") as folder:
            port, controller_port = free_ports(2)
            broker = KafkaServer(Path(folder), port, controller_port, self, Path(folder) / "kafka.log")
            broker.prepare()
            partial = self.archive.with_suffix(f".{os.getpid()}")
            command = [part if "SharedArchiveFile" not in part else f"-XX:ArchiveClassesAtExit={partial}"
                       for part in broker.command()]
            with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) as process:
                try:
                    wait_until("the first start of Kafka", START_TIMEOUT_S, broker.is_ready, broker.log)
                finally:
                    reap_later(process)
            if partial.exists():
                partial.replace(self.archive)


def reap_later(process: subprocess.Popen[bytes]) -> None:
    """End a broker in its own time, and by force when it takes too long."""
    process.terminate()
    try:
        process.wait(START_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        end_processes([process.pid], 1)


def new_identity() -> str:
    """A name for a cluster, of the kind that Kafka takes."""
    return base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=").replace("-", "A")


class KafkaServer:
    """One broker in one folder; the caller starts command(), and ends it with SIGTERM."""

    def __init__(self, home: Path, port: int, controller_port: int, jars: KafkaJars, log: Path) -> None:
        """Say where everything of this broker is; nothing is made yet."""
        self.home = home
        self.data = home / "data"
        self.port = port
        self.controller_port = controller_port
        self.jars = jars
        self.log = log
        self.memory = os.environ.get("KERVAN_KAFKA_MEMORY", "512m")
        self.identity = ""  # of its cluster; those of one cluster have the same

    @property
    def bootstrap(self) -> str:
        """The address that clients start with."""
        return f"{LOCALHOST}:{self.port}"

    def prepare(self, settings: dict[str, str] | None = None) -> None:
        """Write the configuration, and format the storage if it is new."""
        self.home.mkdir(parents=True, exist_ok=True)
        self._write_configuration(settings or {})
        if not (self.home / "formatted").exists():
            self._format()

    def command(self) -> list[str]:
        """What starts the broker in the foreground."""
        return self.jars.command(self.memory, self.log, "kafka.Kafka", str(self._configuration))

    def is_ready(self) -> bool:
        """Does it tell of itself as a broker? Asked only once the port answers, to spare the clients."""
        if not is_listening(self.port):
            return False
        probe = ["kcat", "-L", "-J", "-m", "2", "-b", self.bootstrap]
        try:
            done = subprocess.run(probe, check=False, timeout=10, capture_output=True, stdin=subprocess.DEVNULL)
            return bool(json.loads(done.stdout)["brokers"])
        except (ValueError, KeyError, subprocess.TimeoutExpired):
            return False
        except FileNotFoundError as error:
            raise StackError("kcat is missing; run deploy/dev/install.sh") from error

    @property
    def _configuration(self) -> Path:
        return self.home / "server.properties"

    def _write_configuration(self, settings: dict[str, str]) -> None:
        """The settings of the stack, those of the caller last."""
        own = {
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://{LOCALHOST}:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "controller.quorum.voters": f"1@{LOCALHOST}:{self.controller_port}",
            "log.dirs": str(self.data),
        }
        lines = [f"{name}={value}" for name, value in (DEFAULTS | own | settings).items()]
        self._configuration.write_text("\n".join(lines) + "\n")

    def _format(self) -> None:
        """Give the storage its identity; half a format is thrown away and done again."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir()
        self.identity = self.identity or new_identity()
        run_checked("formatting Kafka's storage", self.jars.command("128m", self.log, "kafka.tools.StorageTool",
                    "format", "-t", self.identity, "-c", str(self._configuration)), 60)
        (self.home / "formatted").write_text(self.identity + "\n")
