"""The door with a certificate, and with one that cannot be used."""

from __future__ import annotations

import json
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from callcenter.app.free_port import free_port
from callcenter.config import check
from callcenter.console.door.server import open_door
from callcenter.errors import ConfigurationFaulty
from tests.integration.door_house import small_service


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """One that nobody but we have signed, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "desk.example")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = tmp_path / "chain.crt", tmp_path / "secret"
    files[0].write_bytes(signed.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


async def test_with_a_certificate_it_speaks_tls_alone(certificate: tuple[Path, Path], tmp_path: Path) -> None:
    port = free_port()
    settings = {"port": port, "certificate": str(certificate[0]), "key": str(certificate[1]), "socket": "console.sock"}
    config = check({"console": settings}, tmp_path)
    behind = small_service(config.path(config.console.socket))
    await behind.open()
    trusting = ssl.create_default_context(cafile=certificate[0])
    async with open_door(config, tmp_path), aiohttp.ClientSession() as client:
        async with client.get(f"https://127.0.0.1:{port}/x", ssl=trusting) as answer:
            headers = {name.lower(): value for name, value in json.loads(await answer.text())["headers"]}
        assert headers["x-forwarded-proto"] == "https"
        origin = f"https://127.0.0.1:{port}"
        async with client.ws_connect(f"{origin}/live", ssl=trusting, origin=origin) as link:
            await link.send_str("secret")
            assert (await link.receive()).data == "secret"
        with pytest.raises(aiohttp.ClientError):
            await client.get(f"http://127.0.0.1:{port}/x")
    await behind.runner.cleanup()


@pytest.mark.parametrize("fault", ["missing", "rubbish", "not its key"])
async def test_a_certificate_that_cannot_be_used_is_told(
    certificate: tuple[Path, Path], tmp_path: Path, fault: str
) -> None:
    if fault == "missing":
        certificate[0].unlink()
    elif fault == "rubbish":
        certificate[0].write_text("rubbish")
    else:
        other = ec.generate_private_key(ec.SECP256R1())
        certificate[1].write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    settings = {"port": free_port(), "certificate": str(certificate[0]), "key": str(certificate[1])}
    with pytest.raises(ConfigurationFaulty, match=r"console\.certificate"):
        async with open_door(check({"console": settings}, tmp_path), tmp_path):
            pass
