"""The authority's files."""

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store

from citadel import certificate, durable_file
from citadel.authority import (
    CERTIFICATE_FILE,
    KEY_FILE,
    LIFETIME,
    Authority,
    AuthorityError,
    _create_key,
    is_private,
)
from citadel.certificate import Issuer, Validity
from citadel.policy import Grant
from tests.citadel.builders import NOW, identity, p256


def _pem(key: PrivateKeyTypes, password: bytes | None = None) -> bytes:
    hidden = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden)


def test_a_new_authority_is_kept_and_found_again(tmp_path: Path) -> None:
    """The second start has the same root; the key is its owner's alone; ten years."""
    first = Authority.open(tmp_path / "ca", NOW)
    again = Authority.open(tmp_path / "ca", NOW + timedelta(days=1))
    assert again.root_pem == first.root_pem
    assert stat.S_IMODE((tmp_path / "ca" / KEY_FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "ca").stat().st_mode) == 0o700
    assert first.end == NOW + LIFETIME
    assert sorted(path.name for path in (tmp_path / "ca").iterdir()) == [CERTIFICATE_FILE, KEY_FILE]


def test_servers_that_start_at_once_share_one_authority(tmp_path: Path) -> None:
    """However many there are, one key and one root come out."""
    with ThreadPoolExecutor(8) as pool:
        roots = list(pool.map(lambda _: Authority.open(tmp_path, NOW).root_pem, range(16)))
    assert len(set(roots)) == 1


def test_processes_that_start_at_once_share_one_authority(tmp_path: Path) -> None:
    """Servers of one mesh name one folder: whoever makes the authority, all others take it, at whatever moment."""
    text = (
        "import sys; from datetime import datetime, UTC; from pathlib import Path;"
        "from citadel.authority import Authority;"
        "sys.stdin.readline();"
        "[print(Authority.open(Path(sys.argv[1]) / str(n), datetime.now(UTC)).issuer.certificate.serial_number)"
        " for n in range(20)]"
    )
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", text, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for server in servers:
        assert server.stdin is not None
        server.stdin.write("go\n")
        server.stdin.flush()
    told = [server.communicate()[0].split() for server in servers]
    assert len(told[0]) == len(set(told[0])) == 20
    assert told[0] == told[1] == told[2]


def test_a_key_that_came_after_the_first_look_is_taken(tmp_path: Path) -> None:
    """Between our look for the key and for the certificate another server may have made both: that is no fault."""
    theirs = Authority.open(tmp_path, NOW)
    key = _create_key(tmp_path)
    assert key.public_key() == theirs.issuer.key.public_key()


def test_an_interrupted_creation_is_finished(tmp_path: Path) -> None:
    """A key without a certificate gets one; what the key signed before verifies with it."""
    before = Authority.open(tmp_path, NOW)
    (tmp_path / CERTIFICATE_FILE).unlink()
    after = Authority.open(tmp_path, NOW + timedelta(hours=1))
    assert after.issuer.certificate.public_key() == before.issuer.certificate.public_key()
    assert after.issuer.certificate.subject == before.issuer.certificate.subject


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """The error says what to do, and doing it helps."""
    Authority.open(tmp_path, NOW)
    (tmp_path / KEY_FILE).chmod(0o640)
    with pytest.raises(AuthorityError, match="chmod 600"):
        Authority.open(tmp_path, NOW)
    (tmp_path / KEY_FILE).chmod(0o600)
    Authority.open(tmp_path, NOW)


@pytest.mark.parametrize(
    ("mode", "ours", "private"),
    [
        (0o600, True, True),
        (0o400, True, True),
        (0o640, True, False),
        (0o604, True, False),
        (0o440, False, True),
        (0o640, False, True),
        (0o660, False, False),
        (0o444, False, False),
    ],
)
def test_a_mounted_key_is_read_through_its_group(mode: int, ours: bool, private: bool) -> None:  # noqa: FBT001  a table
    """A cluster's Secret is root's, and its group is the pod's; nobody else may read it, and nobody may write it."""
    assert is_private(mode, ours=ours) is private


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"not a key", "not a private key"),
        (b"", "not a private key"),
        (b"x" * 100_000, "more than"),
        (_pem(p256(), b"secret"), "encrypted"),
        (_pem(ed25519.Ed25519PrivateKey.generate()), "P-256"),
        (_pem(rsa.generate_private_key(65537, 1024)), "2048"),  # noqa: S505  weak on purpose
        (_pem(rsa.generate_private_key(65537, 2048)), "not of one pair"),
        (_pem(p256()), "not of one pair"),
    ],
)
def test_a_key_that_is_no_good_is_named(tmp_path: Path, data: bytes, says: str) -> None:
    """Corrupt, encrypted, of another kind, of another pair: each in words of its own, with the file."""
    Authority.open(tmp_path, NOW)
    (tmp_path / KEY_FILE).write_bytes(data)
    with pytest.raises(AuthorityError, match=says) as raised:
        Authority.open(tmp_path, NOW)
    assert str(tmp_path / KEY_FILE) in str(raised.value)


def test_a_certificate_without_its_key_is_not_replaced(tmp_path: Path) -> None:
    """A new authority in silence would cut off every workload: the operator decides."""
    Authority.open(tmp_path, NOW)
    (tmp_path / KEY_FILE).unlink()
    with pytest.raises(AuthorityError, match="is missing"):
        Authority.open(tmp_path, NOW)


def test_a_certificate_that_is_no_authoritys_is_named(tmp_path: Path) -> None:
    """Corrupt, two of them, a server's, one that is over: each is refused with its reason."""
    authority = Authority.open(tmp_path, NOW)
    path, key = tmp_path / CERTIFICATE_FILE, authority.issuer.key
    validity = Validity(not_before=NOW, not_after=NOW + timedelta(days=1))
    other = p256()
    theirs = Issuer(certificate=certificate.root(other, validity, 2), key=other)
    cases = {
        "garbage": "not a certificate",
        authority.root_pem * 2: "holds 2",
        certificate.to_pem(certificate.server(key.public_key(), ["a"], validity, theirs, 3)): "not self-signed",
        certificate.to_pem(certificate.server(key.public_key(), ["a"], validity, authority.issuer, 3)): "self-signed",
    }
    for text, says in cases.items():
        path.write_text(text)
        with pytest.raises(AuthorityError, match=says):
            Authority.open(tmp_path, NOW)
    path.write_text(authority.root_pem)
    with pytest.raises(AuthorityError, match="ended at"):
        Authority.open(tmp_path, NOW + LIFETIME)


def test_a_directory_that_is_not_ours_is_said(tmp_path: Path) -> None:
    """Where a file stands in the directory's place, the error has its name."""
    (tmp_path / "ca").write_text("")
    with pytest.raises(AuthorityError, match="ca"):
        Authority.open(tmp_path / "ca", NOW)


def test_a_pair_of_ones_own_is_used_as_it_is(tmp_path: Path) -> None:
    """An RSA root as Istio's, with an identifier that another rule made: what it signs verifies, and names it."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "cluster.local")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, NOW, NOW + timedelta(days=30))
    for extension, critical in (
        (x509.BasicConstraints(ca=True, path_length=None), True),
        (certificate._usage(sign_certificates=True), True),  # noqa: SLF001  the same bits
        (x509.SubjectKeyIdentifier(b"of another rule"), False),
    ):
        builder = builder.add_extension(extension, critical=critical)
    made = builder.sign(key, hashes.SHA256())
    durable_file.create(tmp_path / KEY_FILE, _pem(key))
    (tmp_path / CERTIFICATE_FILE).write_text(certificate.to_pem(made))
    authority = Authority.open(tmp_path, NOW)
    grant = Grant(identity=identity(), not_before=NOW, not_after=NOW + timedelta(hours=1))
    leaf = authority.sign(p256().public_key(), grant)
    named = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert named.key_identifier == b"of another rule"
    PolicyBuilder().store(Store([made])).time(NOW).build_client_verifier().verify(leaf, [])
