"""Everything the door is told from outside, read once from the environment (prefix QVDC_)."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from qvdc_console.domain.api_key import Network
from qvdc_console.domain.rate import Rate, Rates

_STATIC = "Fallback while etcd has never answered: mesh/http pairs, host:port/host:port,..."


class Settings(BaseSettings):
    """The door's settings; each is an environment variable, QVDC_ and the name in capitals."""

    model_config = SettingsConfigDict(env_prefix="QVDC_", frozen=True, extra="ignore")

    database_url: str = Field(description="PostgreSQL, as the role that owns schema console.")
    database_admin_url: str = Field(
        default="", description="A superuser, if role and schema are to be made at start."
    )
    etcd_endpoints: str = Field(description="host:port,host:port; where services are announced.")
    mesh_listen: str = Field(
        default="127.0.0.1:7443", description="host:port of the mutual TLS gRPC port."
    )
    http_listen: str = Field(
        default="127.0.0.1:7080", description="host:port of the inner HTTP port and /metrics."
    )
    advertise_host: str = Field(
        default="127.0.0.1", description="Under which address other processes reach this one."
    )
    redis_url: str = Field(
        default="",
        description="Counts callers' calls; empty or away: none are refused for their number.",
    )
    cert_file: Path | None = Field(
        default=None,
        description="Certificate chain, PEM; without one nothing is encrypted (tests).",
    )
    key_file: Path | None = Field(default=None, description="Its private key, PEM.")
    ca_file: Path | None = Field(default=None, description="The site's root, PEM.")
    assertion_key: Path = Field(description="PKCS#8 PEM, Ed25519: signs what callers may do.")
    assertion_jwks: Path = Field(description="The published half of that key.")
    instance: str = Field(default="console-1", description="Name of this copy.")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")

    console_listen: str = Field(
        default="0.0.0.0:8080",
        description="host:port of plain HTTP; empty: none.",
    )
    console_tls_listen: str = Field(
        default="0.0.0.0:8443",
        description="host:port of HTTPS; empty: none.",
    )
    console_grpc_listen: str = Field(
        default="0.0.0.0:9443",
        description="host:port of native gRPC; TLS when there is a certificate.",
    )
    door_cert_file: Path | None = Field(
        default=None, description="Certificate shown to the public; default: cert_file."
    )
    door_key_file: Path | None = Field(default=None, description="Its key.")
    console_api_key_file: Path = Field(
        default=Path("/var/lib/quantix/console/bootstrap.key"),
        description="Where the bootstrap key is handed out at first start, mode 0600.",
    )
    console_admin_password_file: Path | None = Field(
        default=None,
        description="Where the first administrator's password is handed out at first start, mode "
        "0600; default: admin.password beside console_api_key_file.",
    )
    console_origins: str = Field(
        default="",
        description="https://host,...: origins of the console's pages besides the door's own "
        "address, where a proxy ends TLS before it.",
    )
    console_bootstrap_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(ip_network("127.0.0.0/8"), ip_network("::1/128")),
        description="Where the bootstrap key is honoured; widen only where a port is mapped.",
    )
    console_rate_per_second: float = Field(
        default=300, gt=0, description="Calls a second that one caller may make on and on."
    )
    console_rate_burst: int = Field(
        default=1200, ge=1, description="Calls at once that one caller may make after a rest."
    )
    console_stranger_rate_per_second: float = Field(
        default=10,
        gt=0,
        description="Calls a second without a login, sign-in included, from one address.",
    )
    console_stranger_rate_burst: int = Field(
        default=600, ge=1, description="The same at once; many people may share an address."
    )
    console_web_dir: Path | None = Field(
        default=None, description="The built web UI; without one / says so."
    )
    console_site: str = Field(default="quantix", description="The site's name for people.")

    cluster_endpoints: str = Field(default="", description=_STATIC)
    node_endpoints: str = Field(default="", description=_STATIC)
    image_endpoints: str = Field(default="", description=_STATIC)
    network_endpoints: str = Field(default="", description=_STATIC)
    vm_endpoints: str = Field(default="", description=_STATIC)

    @field_validator("console_bootstrap_networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(ip_network(each.strip()) for each in value.split(",") if each.strip())
        return value

    @property
    def admin_password_file(self) -> Path:
        """Where the first administrator's password is handed out."""
        chosen = self.console_admin_password_file
        return chosen or self.console_api_key_file.with_name("admin.password")

    def origins(self) -> tuple[str, ...]:
        """Further origins of the console's pages."""
        return tuple(each.strip() for each in self.console_origins.split(",") if each.strip())

    def rates(self) -> Rates:
        """How often callers may call."""
        return Rates(
            Rate(self.console_rate_per_second, self.console_rate_burst),
            Rate(self.console_stranger_rate_per_second, self.console_stranger_rate_burst),
        )

    def static(self) -> dict[str, str]:
        """The fallback addresses by service, those that are given."""
        given = {
            "cluster": self.cluster_endpoints,
            "node": self.node_endpoints,
            "image": self.image_endpoints,
            "network": self.network_endpoints,
            "vm": self.vm_endpoints,
        }
        return {service: text for service, text in given.items() if text}
