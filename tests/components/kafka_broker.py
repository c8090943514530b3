"""`kafka_broker`: a real Kafka, broker and controller in one, on free loopback ports; topics are the test's to make."""

from __future__ import annotations

import base64
import secrets
import socket
import subprocess
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from tests.components.building import jars
from tests.components.certificates import write_broker_certificates
from tests.components.process import NotReadyError, Process, lasting_port, running

USER: Final = "galley"
PASSWORD: Final = "a-password-of-tests"
"""Whom a secured broker knows, by PLAIN and by SCRAM."""

_LISTENERS: Final = {"tls": "SSL", "mtls": "SSL", "sasl": "SASL_PLAINTEXT", "sasl_tls": "SASL_SSL"}
_MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_ALONE: Final = """\
process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
inter.broker.listener.name=PLAINTEXT
auto.create.topics.enable=false
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
num.network.threads=2
num.io.threads=2
num.recovery.threads.per.data.dir=1
log.cleaner.dedupe.buffer.size=16777216
log.cleaner.threads=1
log.cleaner.backoff.ms=200
log.initial.task.delay.ms=200
log.retention.check.interval.ms=1000
log.segment.delete.delay.ms=500
"""
"""One node suffices for internal topics, a group's first assignment does not wait, and the cleaner comes round often.

A broker that was killed may come back once its session is over, so that is short.
"""

# The first compiler alone takes half as much of a processor until the broker is ready.
_JVM: Final = (
    *("-Xms96m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError"),
    *("-Djava.awt.headless=true", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
)


class Kafka:
    """A broker of its own. `stop` and `kill` keep ports and data, so that `start` goes on where it was.

    `bootstrap` takes everybody. With `secured`, further addresses do not: `tls` (its authority is `ca`), `mtls` (only
    with the certificate `client.crt`, `client.key`), `sasl` and `sasl_tls` (USER and PASSWORD, by PLAIN or SCRAM).
    Whoever comes by `bootstrap` may do everything, and so may everybody with what has no rules about rights.
    """

    def __init__(self, folder: Path, version: str, settings: Mapping[str, object], *, secured: bool) -> None:
        """Choose ports, and write the configuration; `settings` are further lines of it."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.version = version
        self.ca = folder / "ca.crt"
        names = ("bootstrap", *(_LISTENERS if secured else ()))
        self._ports = {name: lasting_port() for name in names}
        self._secured = secured
        self._jars = f"{jars('kafka', version)}/*"
        self._configuration = folder / "server.properties"
        lines = [*self._addresses(), *(self._security() if secured else ())]
        lines += [f"log.dirs={folder / 'data'}", *(f"{name}={value}" for name, value in settings.items())]
        self._configuration.write_text(_ALONE + "\n".join(lines) + "\n")
        command = ["java", *_JVM, "-cp", self._jars, "kafka.Kafka", str(self._configuration)]
        self._process = Process(command, folder / "kafka.log")

    @property
    def bootstrap(self) -> str:
        """`HOST:PORT` where nobody is asked who he is."""
        return self.address("bootstrap")

    def address(self, listener: str) -> str:
        """`HOST:PORT` of a listener: `bootstrap`, `tls`, `mtls`, `sasl`, `sasl_tls`."""
        return f"127.0.0.1:{self._ports[listener]}"

    @property
    def pid(self) -> int:
        """The broker's process."""
        return self._process.pid

    def start(self) -> None:
        """Start it, and wait until it takes connections, which it does when it is ready."""
        if not (self.folder / "data" / "meta.properties").exists():
            self._format()
        self._process.start()
        self._process.wait(self._ready)

    def stop(self) -> None:
        """End it in its own way."""
        self._process.stop()

    def kill(self) -> None:
        """End it as a crash would."""
        self._process.kill()

    def _format(self) -> None:
        cluster = base64.urlsafe_b64encode(b"K" + secrets.token_bytes(15)).decode().rstrip("=")
        arguments = ["format", "-t", cluster, "-c", str(self._configuration)]
        if self._secured:
            for mechanism in _MECHANISMS[1:]:
                arguments += ["--add-scram", f"{mechanism}=[name={USER},password={PASSWORD}]"]
        command = ["java", *_JVM, "-cp", self._jars, "kafka.tools.StorageTool", *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise NotReadyError(done.stdout + done.stderr)

    def _addresses(self) -> list[str]:
        controller = lasting_port()
        clients = {name.upper(): self.address(name) for name in self._ports if name != "bootstrap"}
        clients["PLAINTEXT"] = self.bootstrap
        advertised = ",".join(f"{name}://{address}" for name, address in clients.items())
        protocols = [f"{name.upper()}:{protocol}" for name, protocol in _LISTENERS.items() if name in self._ports]
        return [
            f"controller.quorum.voters=1@127.0.0.1:{controller}",
            f"listeners={advertised},CONTROLLER://127.0.0.1:{controller}",
            f"advertised.listeners={advertised}",
            f"listener.security.protocol.map={','.join(('PLAINTEXT:PLAINTEXT', 'CONTROLLER:PLAINTEXT', *protocols))}",
        ]

    def _security(self) -> list[str]:
        store = write_broker_certificates(self.folder)
        plain = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        modules = dict.fromkeys(_MECHANISMS, scram)
        modules["PLAIN"] = f'{plain} username="broker" password="broker" user_{USER}="{PASSWORD}";'
        return [
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users=User:ANONYMOUS\nallow.everyone.if.no.acl.found=true",
            f"ssl.keystore.type=PEM\nssl.keystore.location={store}",
            f"ssl.truststore.type=PEM\nssl.truststore.location={self.ca}",
            "listener.name.mtls.ssl.client.auth=required",
            f"sasl.enabled.mechanisms={','.join(_MECHANISMS)}",
            *(
                f"listener.name.{listener}.{mechanism.lower()}.sasl.jaas.config={module}"
                for listener in ("sasl", "sasl_tls")
                for mechanism, module in modules.items()
            ),
        ]

    def _ready(self) -> bool:
        for port in self._ports.values():
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", port)):
                    return False
        return True


def kafka_broker(
    folder: Path, version: str = "4.1.2", *, secured: bool = False, further: Mapping[str, object] | None = None
) -> AbstractContextManager[Kafka]:
    """Run a broker; `further` lines of its configuration overrule these here: `{"log.segment.bytes": 1 << 20}`."""
    return running(lambda fresh: Kafka(fresh, version, further or {}, secured=secured), folder / "kafka")
