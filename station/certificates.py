"""Making the certificates of a station: its own authority, and the server's certificate under it. PEM in, PEM out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sync.certificates import pin_of

# Longer than any tablet lasts; it is replaced by hand when its key may be known to somebody (rotate-authority).
AUTHORITY_DAYS = 20 * 365
# Short enough that the renewal is in daily use, and not first tried out after years.
SERVER_DAYS = 90
# A station that is off for a month still has a good one when it comes back.
RENEWED_DAYS_BEFORE = 30
# A browser whose clock is behind the station's must not call a fresh certificate one of the future.
_BACKDATED = timedelta(days=1)
_PIN_SHOWN = 8
# X.520 allows no more characters in a common name, and the library no more bytes.
_NAME_BYTES_MAX = 64


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate with its private key; `pem` holds both, the key first, and then the chain."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    pem: bytes

    @property
    def pin(self) -> str:
        """What names the certificate's key to devices."""
        return pin_of(self.certificate)

    @property
    def made_at(self) -> datetime:
        """When it was made."""
        return self.certificate.not_valid_before_utc + _BACKDATED

    @property
    def certificate_pem(self) -> str:
        """The certificate alone, for everybody to see."""
        return self.certificate.public_bytes(Encoding.PEM).decode()


def read_pair(pem: bytes) -> Pair:
    """The certificate and key in a PEM text. Raises ValueError."""
    try:
        key = load_pem_private_key(pem, None)
    except (TypeError, UnsupportedAlgorithm) as problem:  # TypeError: it is under a pass phrase
        raise ValueError(str(problem)) from None
    certificate = x509.load_pem_x509_certificate(pem)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise ValueError("the key is not the certificate's")
    return Pair(certificate, key, pem)


def new_authority(station: str, now: datetime) -> Pair:
    """A new authority that may sign servers' certificates and nothing else."""
    key = ec.generate_private_key(ec.SECP256R1())
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    # Two authorities of one station must not have one name: chains are looked for by name.
    name = _name(station, f": authority {identifier.digest.hex()[:_PIN_SHOWN]}")
    made = (
        _builder(name, name, key.public_key(), now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(is_authority=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, SHA256())
    )
    return _pair(made, key, "")


def new_server(authority: Pair, names: Iterable[str], now: datetime) -> Pair:
    """A certificate for a server under these host names and addresses, with its authority's behind it."""
    key = ec.generate_private_key(ec.SECP256R1())
    identifier = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    spelled = list(names)
    made = (
        _builder(_name("Contact 755"), authority.certificate.subject, key.public_key(), now, SERVER_DAYS)
        .add_extension(x509.SubjectAlternativeName(list(map(_alternative, spelled))), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(is_authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(authority.key, SHA256())
    )
    return _pair(made, key, authority.certificate_pem)


def is_due(server: Pair, authority: Pair, names: Iterable[str], now: datetime) -> bool:
    """Whether another certificate is wanted: it runs out, lacks a name, or is another authority's."""
    alternatives = server.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return (
        now > server.certificate.not_valid_after_utc - timedelta(days=RENEWED_DAYS_BEFORE)
        or now < server.certificate.not_valid_before_utc  # the station's clock was wrong when it was made
        or any(_alternative(name) not in alternatives for name in names)
        or not _is_signed_by(server, authority)
    )


def _is_signed_by(server: Pair, authority: Pair) -> bool:
    try:
        server.certificate.verify_directly_issued_by(authority.certificate)
    except (ValueError, TypeError, InvalidSignature):  # another name, another kind of key, another key
        return False
    return True


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    start = now - _BACKDATED
    builder = x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key)
    return (
        builder.serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(now + timedelta(days=days))
    )


def _pair(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey, chain: str) -> Pair:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Pair(certificate, key, private + certificate.public_bytes(Encoding.PEM) + chain.encode())


def _name(text: str, end: str = "") -> x509.Name:
    """A name whose end is whole, however long the text before it is."""
    begin = text.encode()[: _NAME_BYTES_MAX - len(end)].decode(errors="ignore")
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, begin + end)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
