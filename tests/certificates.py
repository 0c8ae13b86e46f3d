"""Certificates for a station on this machine."""

import base64
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine, signed by its own key, and that key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "station")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir()
    chain, private_key = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private_key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return chain, private_key


def key_print(chain: Path) -> str:
    """The fingerprint of a certificate's key, as browsers take it."""
    key = x509.load_pem_x509_certificate(chain.read_bytes()).public_key()
    written = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(sha256(written).digest()).decode()


def openssl_pin(pem: str) -> str:
    """The pin of a certificate's key, made by another program than ours."""
    key = _openssl(["x509", "-pubkey", "-noout"], pem.encode())
    digest = _openssl(["dgst", "-sha256", "-binary"], _openssl(["pkey", "-pubin", "-outform", "DER"], key))
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _openssl(typed: list[str], given: bytes) -> bytes:
    if shutil.which("openssl") is None:
        pytest.skip("NOT TESTED HERE: our pins against openssl's; there is no openssl on the path.")
    return subprocess.run(["openssl", *typed], input=given, capture_output=True, check=True).stdout
