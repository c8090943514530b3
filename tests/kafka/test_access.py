"""How clients are told to reach brokers: by the settings, with files read anew, and passwords that nobody sees."""

from __future__ import annotations

import ssl
from pathlib import Path

import faust
import pytest

from galley.kafka.access import admin_options, consumer_options, faust_options, producer_options
from galley.kafka.faults import AccessUnusable
from galley.settings.kafka import KafkaSettings
from tests.components.certificates import write_broker_certificates

SECRET = "correct-horse"


def made(**further: object) -> KafkaSettings:
    """Return settings of two brokers."""
    return KafkaSettings.model_validate({"bootstrap": "one:9092,[::1]:9093", **further})


def a_user(folder: Path, text: str = f"{SECRET}\n") -> dict[str, object]:
    """Return the branch of a user, whose password file has this text."""
    (folder / "password").write_text(text)
    return {"username": "galley", "password_file": folder / "password"}


def test_all_libraries_are_told_the_same(tmp_path: Path) -> None:
    """Every one gets all brokers and the user."""
    settings = made(sasl=a_user(tmp_path))
    for options in (consumer_options(settings), producer_options(settings), admin_options(settings)):
        assert options == {
            "bootstrap_servers": ["one:9092", "[::1]:9093"],
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": "galley",
            "sasl_plain_password": SECRET,
        }
    told = faust_options(settings, faust.SASLCredentials)
    assert told["broker"] == ["kafka://one:9092", "kafka://[::1]:9093"]
    credentials = told["broker_credentials"]
    assert (credentials.username, credentials.password, credentials.mechanism.value) == (
        "galley",
        SECRET,
        "SCRAM-SHA-512",
    )


@pytest.mark.parametrize(
    ("tls", "sasl", "protocol"),
    [(False, False, "PLAINTEXT"), (True, False, "SSL"), (False, True, "SASL_PLAINTEXT"), (True, True, "SASL_SSL")],
)
def test_the_protocol_follows_from_what_is_set(tmp_path: Path, *, tls: bool, sasl: bool, protocol: str) -> None:
    """TLS and users are independent of each other."""
    given = made(tls={} if tls else None, sasl=a_user(tmp_path) if sasl else None)
    options = consumer_options(given)
    assert options["security_protocol"] == protocol
    assert isinstance(options.get("ssl_context"), ssl.SSLContext) == tls
    assert ("broker_credentials" in faust_options(given, faust.SASLCredentials)) == (tls or sasl)


def test_tls_checks_the_name_and_the_authority(tmp_path: Path) -> None:
    """With an authority of one's own as with the system's."""
    write_broker_certificates(tmp_path)
    pair = {"certificate": tmp_path / "client.crt", "key": tmp_path / "client.key"}
    for tls in ({}, {"ca": tmp_path / "ca.crt"}, {"ca": tmp_path / "ca.crt", **pair}):
        context = consumer_options(made(tls=tls))["ssl_context"]
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert faust_options(made(tls={}), faust.SASLCredentials)["broker_credentials"].check_hostname


def test_a_password_is_the_first_line_and_read_anew(tmp_path: Path) -> None:
    """With spaces at its ends, which are part of it; editors add an end of line, of whichever system."""
    settings = made(sasl=a_user(tmp_path, f" {SECRET} \r\nanother line\n"))
    assert consumer_options(settings)["sasl_plain_password"] == f" {SECRET} "
    a_user(tmp_path, "rotated")
    assert consumer_options(settings)["sasl_plain_password"] == "rotated"


def test_options_may_be_logged(tmp_path: Path) -> None:
    """The password stands in none of the forms in which a library writes them."""
    settings = made(sasl=a_user(tmp_path))
    for options in (consumer_options(settings), faust_options(settings, faust.SASLCredentials)):
        assert SECRET not in f"{options} {options!r}" + "%s %r" % (options, options)  # noqa: UP031  as libraries do


@pytest.mark.parametrize(
    ("text", "said"), [("\nsecret\n", "the first line of .* is empty"), ("", "the first line of .* is empty")]
)
def test_an_empty_password_is_none(tmp_path: Path, text: str, said: str) -> None:
    """Nobody means one."""
    with pytest.raises(AccessUnusable, match=said):
        consumer_options(made(sasl=a_user(tmp_path, text)))


def test_files_that_cannot_be_used_are_named_with_their_setting(tmp_path: Path) -> None:
    """And nothing of what is in them."""
    write_broker_certificates(tmp_path)
    (tmp_path / "odd").write_bytes(b"\xff\xfe" + SECRET.encode())
    missing, odd, key = tmp_path / "missing", tmp_path / "odd", tmp_path / "client.key"
    certificate = tmp_path / "client.crt"
    for further, said in (
        ({"tls": {"ca": missing}}, f"kafka.tls.ca: {missing} cannot be read: No such file or directory"),
        ({"tls": {"ca": odd}}, f"kafka.tls.ca: {odd} is no PEM file of use here"),
        ({"tls": {"certificate": certificate, "key": missing}}, "kafka.tls.certificate: .*missing cannot be read"),
        ({"tls": {"certificate": key, "key": key}}, "kafka.tls.certificate: .* is no PEM file of use here"),
        ({"tls": {"certificate": certificate, "key": tmp_path / "server.key"}}, "kafka.tls.certificate: .* of use"),
        ({"sasl": {"username": "galley", "password_file": missing}}, "kafka.sasl.password_file: .* cannot be read"),
        ({"sasl": {"username": "galley", "password_file": odd}}, "kafka.sasl.password_file: .* is no text in UTF-8"),
    ):
        with pytest.raises(AccessUnusable, match=said) as caught:
            consumer_options(made(**further))
        assert SECRET not in str(caught.value)
