"""How a copy is reached and reaches its stores, as its settings say."""

from qvdc_coord.client import EtcdConfig, EtcdTls
from qvdc_node.settings import Settings
from qvdc_rpc.process import Wire
from qvdc_rpc.tls import TlsFiles


def wire_of(settings: Settings) -> Wire:
    """Where a copy listens."""
    return Wire(
        mesh_listen=settings.mesh_listen,
        http_listen=settings.http_listen,
        enrol_listen=settings.enrol_listen,
        tls=tls_of(settings),
        assertion_jwks=settings.assertion_jwks,
    )


def tls_of(settings: Settings) -> TlsFiles:
    """What it shows and whom it trusts."""
    return TlsFiles(cert=settings.cert_file, key=settings.key_file, ca=settings.ca_file)


def etcd_config_of(settings: Settings) -> EtcdConfig:
    """How it reaches etcd; reads the files that the settings name."""
    plain = EtcdConfig.parse(settings.etcd_endpoints)
    tls = None
    if settings.etcd_ca_file is not None:
        tls = EtcdTls(
            ca=settings.etcd_ca_file.read_bytes(),
            cert=settings.cert_file.read_bytes(),
            key=settings.key_file.read_bytes(),
        )
    password = None
    if settings.etcd_password_file is not None:
        password = settings.etcd_password_file.read_text().strip()
    return EtcdConfig(plain.endpoints, tls, settings.etcd_user or None, password)
