"""Certificates of this process, read again when their files change."""

import ssl
import threading
from dataclasses import dataclass
from pathlib import Path

import grpc
from cryptography import x509

from qvdc_obs.logs import get_logger

log = get_logger(__name__)

TRUST_DOMAIN = "quantix"
NAME_SUFFIX = ".quantix.internal"


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where this process's certificate is.

    Args:
        cert: PEM, the leaf followed by its intermediates.
        key: PEM, the leaf's private key.
        ca: PEM, the roots that peers are verified against.
    """

    cert: Path
    key: Path
    ca: Path

    def stamp(self) -> tuple[int, ...]:
        """Changes whenever one of the files does.

        Raises:
            OSError: a file is missing.
        """
        found = [path.stat() for path in (self.cert, self.key, self.ca)]
        return tuple(part for each in found for part in (each.st_mtime_ns, each.st_ino))


def service_name(service: str) -> str:
    """The DNS name in the certificate of a service: vm.quantix.internal."""
    return f"{service}{NAME_SUFFIX}"


def node_name(uid: str) -> str:
    """The DNS name in the certificate of a host: <uid>.node.quantix.internal."""
    return f"{uid}.node{NAME_SUFFIX}"


def server_credentials(files: TlsFiles, *, require_client: bool = True) -> grpc.ServerCredentials:
    """Credentials of a gRPC port that follow the files without a restart.

    Raises:
        OSError: a file is missing at first reading; later ones keep the last good certificate.
    """
    fetcher = _Fetcher(files)
    return grpc.dynamic_ssl_server_credentials(
        fetcher.first,
        fetcher,  # type: ignore[arg-type]  # grpc takes None for unchanged, its stubs do not say
        require_client,
    )


def channel_credentials(files: TlsFiles) -> grpc.ChannelCredentials:
    """Credentials for dialling with this process's certificate as it is now."""
    return grpc.ssl_channel_credentials(
        root_certificates=files.ca.read_bytes(),
        private_key=files.key.read_bytes(),
        certificate_chain=files.cert.read_bytes(),
    )


def server_context(files: TlsFiles, *, require_client: bool = True) -> ssl.SSLContext:
    """A context for an HTTP port; pass it to `reload` when the files change."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if require_client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(files.ca)
    reload(context, files)
    return context


def client_context(files: TlsFiles) -> ssl.SSLContext:
    """A context for HTTP clients inside the mesh; names are checked as `server_hostname` says."""
    context = ssl.create_default_context(cafile=str(files.ca))
    reload(context, files)
    return context


def reload(context: ssl.SSLContext, files: TlsFiles) -> None:
    """Give new connections of `context` the certificate that the files hold now."""
    context.load_cert_chain(files.cert, files.key)


def spiffe_of(certificate_der: bytes | None) -> str | None:
    """The spiffe:// id of a verified peer certificate, if it has one."""
    if certificate_der is None:
        return None
    certificate = x509.load_der_x509_certificate(certificate_der)
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    return next((uri for uri in uris if uri.startswith("spiffe://")), None)


class _Fetcher:
    """Answers grpc at each handshake with a new configuration, or None for "as before"."""

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._lock = threading.Lock()
        self._stamp = files.stamp()
        self.first = self._read()

    def __call__(self) -> grpc.ServerCertificateConfiguration | None:
        with self._lock:
            try:
                stamp = self._files.stamp()
                if stamp == self._stamp:
                    return None
                fresh = self._read()
            except (OSError, ValueError) as error:
                log.warning("tls.reload_failed", why=str(error))
                return None
            self._stamp = stamp
            log.info("tls.reloaded", cert=str(self._files.cert))
            return fresh

    def _read(self) -> grpc.ServerCertificateConfiguration:
        key, chain = self._files.key.read_bytes(), self._files.cert.read_bytes()
        return grpc.ssl_server_certificate_configuration(
            [(key, chain)], root_certificates=self._files.ca.read_bytes()
        )
