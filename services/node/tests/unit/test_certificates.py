"""What is signed, for whom, and what is not."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from qvdc_core.errors import InvalidField
from qvdc_node.adapters.certificates import (
    issue_host,
    issue_service,
    make_intermediate,
    make_root,
    still_good,
)
from qvdc_node.adapters.sealing import (
    SealBroken,
    SealingKey,
    opened_authority,
    sealed_authority,
)
from tests.node_testing.builders import NOW, UID

ROOT = make_root(NOW)
NODES = make_intermediate("nodes", ROOT, NOW)


def a_request(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, *names: str) -> str:
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "root")])
    )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(name) for name in names]),
            critical=False,
        )
    signed = builder.sign(key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def test_nothing_of_a_request_is_believed_but_its_key() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    request = a_request(key, "spiffe://quantix/service/console")
    made = issue_host(NODES, uid=UID, signing_request_pem=request, now=NOW)
    leaf, issuer = x509.load_pem_x509_certificates(made.pem.encode())
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert f"spiffe://quantix/node/{UID}" in {str(name.value) for name in names}
    assert "spiffe://quantix/service/console" not in {str(name.value) for name in names}
    assert leaf.public_key() == key.public_key()
    assert made.expire_time == NOW.replace(microsecond=0) + timedelta(days=30)
    leaf.verify_directly_issued_by(issuer)


@pytest.mark.parametrize("wrong", ["", "nonsense", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA"])
def test_what_is_no_request_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidField):
        issue_host(NODES, uid=UID, signing_request_pem=wrong, now=NOW)


def test_a_weak_key_is_refused() -> None:
    weak = a_request(rsa.generate_private_key(public_exponent=65537, key_size=1024))
    with pytest.raises(InvalidField, match="weak"):
        issue_host(NODES, uid=UID, signing_request_pem=weak, now=NOW)


def test_a_service_certificate_stays_until_two_thirds_of_its_life() -> None:
    services = make_intermediate("services", ROOT, NOW)
    chain, _ = issue_service(services, service="vm", names=["localhost"], now=NOW)

    def good(**changed: object) -> bool:
        told = {"service": "vm", "names": ["localhost"], "issuer": services, "now": NOW}
        return still_good(chain, **(told | changed))  # type: ignore[arg-type]

    assert good()
    assert not good(now=NOW + timedelta(days=300))
    assert not good(names=["localhost", "10.0.0.1"])
    assert not good(service="image")
    assert not good(issuer=NODES)
    assert not still_good("", service="vm", names=[], issuer=services, now=NOW)


def test_a_seal_opens_with_its_key_and_name_alone() -> None:
    key = SealingKey(b"k" * 32)
    pem, sealed = sealed_authority("nodes", NODES, key)
    opened = opened_authority("nodes", pem, sealed, key)
    assert opened.key.private_numbers() == NODES.key.private_numbers()
    for name, box, other in (
        ("root", sealed, key),
        ("nodes", sealed, SealingKey(b"x" * 32)),
        ("nodes", sealed[:-1] + b"\0", key),
        ("nodes", b"", key),
    ):
        with pytest.raises(SealBroken):
            opened_authority(name, pem, box, other)
