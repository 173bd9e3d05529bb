"""Stores for tests: Azurite, moto, an emulator of Google's store, a web server of our own."""

from __future__ import annotations

import datetime
import ipaddress
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.parity.oracle import locked
from tests.servers.process import free_port, serving

HERE = Path(__file__).resolve().parent
AZURITE = "azurite@3.35.0"
# The account and the key that every Azurite has; they open nothing else.
_ACCOUNT = "devstoreaccount1"
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
BUCKET = "data"


class ServerError(Exception):
    """A server cannot be had."""


@dataclass(frozen=True)
class Store:
    """A running store: the URL of its root, and the variables by which libraries find it."""

    kind: str
    port: int
    root: str
    folder: Path | None = None  # what a web server shows

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables of whoever uses the store."""
        if self.kind == "azure":
            address = f"http://127.0.0.1:{self.port}/{_ACCOUNT}"
            return {
                "AZURE_STORAGE_CONNECTION_STRING": (
                    f"DefaultEndpointsProtocol=http;AccountName={_ACCOUNT};AccountKey={_KEY};"
                    f"BlobEndpoint={address};"
                )
            }
        if self.kind == "s3":
            return {
                "AWS_ACCESS_KEY_ID": "testing",
                "AWS_SECRET_ACCESS_KEY": "testing",
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            }
        if self.kind == "google":
            return {
                "STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{self.port}",
                "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false",  # the emulator has no such buckets
            }
        return {}

    def url(self, path: str) -> str:
        """The URL of a file or folder."""
        return f"{self.root}/{path}"

    def put(self, objects: Mapping[str, bytes], folders: Mapping[str, str] | None = None) -> None:
        """Store objects under their names, whatever these are.

        ``folders`` of Azure's store are blobs of no bytes with that value of ``hdi_isfolder``'s
        name as metadata.
        """
        {"azure": _put_azure, "s3": _put_s3, "google": _put_google}[self.kind](
            self, objects, folders or {}
        )

    def through(self, port: int) -> Store:
        """The same store, reached through another port."""
        return replace(self, port=port, root=self.root.replace(f":{self.port}", f":{port}"))


def opened(kind: str, root: Path, folder: Path) -> AbstractContextManager[Store]:
    """A store of that kind, whose server keeps its files in ``folder``."""
    if kind == "azure":
        return azure(root, folder)
    return {"s3": s3, "google": google, "web": web}[kind](folder)


@contextmanager
def azure(root: Path, folder: Path) -> Iterator[Store]:
    """Azure's blobs; the package is installed below ``build/`` by the first who asks."""
    port = free_port()
    command = [
        "node",
        str(_azurite(root)),
        *("--disableTelemetry", "--skipApiVersionCheck", "--silent"),
        *("--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(folder)),
    ]
    store = Store("azure", port, f"abfs://{BUCKET}")
    with serving(command, port, folder / "azurite.log"):
        _run(
            store,
            "import os; from azure.storage.blob import BlobServiceClient as B;"
            "B.from_connection_string(os.environ['AZURE_STORAGE_CONNECTION_STRING'])"
            f".create_container('{BUCKET}')",
        )
        yield store


@contextmanager
def s3(folder: Path) -> Iterator[Store]:
    """Amazon's S3."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    store = Store("s3", port, f"s3://{BUCKET}")
    with serving(command, port, folder / "moto.log"):
        _run(store, f"import boto3; boto3.client('s3').create_bucket(Bucket='{BUCKET}')")
        yield store


@contextmanager
def google(folder: Path) -> Iterator[Store]:
    """Google's store."""
    port = free_port()
    command = [
        str(Path(sys.executable).with_name("gcp-storage-emulator")),
        *("start", "--host", "127.0.0.1", "--port", str(port)),
        *("--in-memory", "--default-bucket", BUCKET),
    ]
    with serving(command, port, folder / "emulator.log"):
        yield Store("google", port, f"gs://{BUCKET}")


@contextmanager
def web(folder: Path, *, tls: tuple[str, str] | None = None) -> Iterator[Store]:
    """The files of a folder on the web."""
    port = free_port()
    shown = folder / "shown"
    shown.mkdir(exist_ok=True)
    command = [sys.executable, str(HERE / "web.py"), str(port), str(shown), *(tls or ())]
    address = f"{'https' if tls else 'http'}://localhost:{port}"
    with serving(command, port, folder / "web.log"):
        yield Store("https" if tls else "web", port, address, shown)


@contextmanager
def dropping(store: Store, folder: Path, every: int = 5) -> Iterator[tuple[Store, Path]]:
    """The store behind a proxy that breaks connections, and the file with the number of breaks."""
    port, log = free_port(), folder / "drops.txt"
    log.write_text("0")
    words = [str(port), str(store.port), str(every), str(log)]
    command = [sys.executable, str(HERE / "dropping.py"), *words]
    with serving(command, port, folder / "proxy.log"):
        yield store.through(port), log


def certificate(folder: Path) -> tuple[str, str]:
    """A certificate for this machine, and its key, signed by itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost"), address]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return str(files[0]), str(files[1])


def _azurite(root: Path) -> Path:
    folder = root / "build" / "azurite"
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    with locked(folder.with_name("azurite.lock")):
        mark = folder / AZURITE
        if not mark.exists():
            npm = shutil.which("npm")
            if npm is None:
                raise ServerError("The tests of Azure's store need node and npm; install them.")
            command = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", AZURITE]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise ServerError(f"{AZURITE} cannot be installed:\n{done.stderr[-2000:]}")
            mark.touch()
    return script


def _put_azure(store: Store, objects: Mapping[str, bytes], folders: Mapping[str, str]) -> None:
    from azure.storage.blob import BlobServiceClient

    told = store.environment["AZURE_STORAGE_CONNECTION_STRING"]
    with BlobServiceClient.from_connection_string(told) as service:
        container = service.get_container_client(BUCKET)
        for name, data in objects.items():
            container.upload_blob(name, data)
        for name, mark in folders.items():
            container.upload_blob(name, b"", metadata={mark: "true"})


def _put_s3(store: Store, objects: Mapping[str, bytes], _: Mapping[str, str]) -> None:
    import boto3

    client = boto3.client(
        "s3",
        endpoint_url=store.environment["AWS_ENDPOINT_URL"],
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        region_name="us-east-1",
    )
    for name, data in objects.items():
        client.put_object(Bucket=BUCKET, Key=name, Body=data)


def _put_google(store: Store, objects: Mapping[str, bytes], _: Mapping[str, str]) -> None:
    import requests

    address = f"{store.environment['STORAGE_EMULATOR_HOST']}/upload/storage/v1/b/{BUCKET}/o"
    for name, data in objects.items():
        told = json.dumps({"name": name}).encode()
        parts = (b"application/json", told), (b"application/octet-stream", data)
        body = b"".join(b"--x\r\nContent-Type: %s\r\n\r\n%s\r\n" % part for part in parts)
        requests.post(
            address,
            params={"uploadType": "multipart"},
            data=body + b"--x--\r\n",
            headers={"Content-Type": "multipart/related; boundary=x"},
            timeout=30,
        ).raise_for_status()


def _run(store: Store, code: str) -> None:
    environment = {**os.environ, **store.environment}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
