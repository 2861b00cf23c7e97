"""What the node service is told by its environment, each name with the prefix QVDC_."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from qvdc_coord.discovery import Endpoints

_FALLBACK = "mesh host:port/http host:port, comma-separated: used until etcd knows better."


class Settings(BaseSettings):
    """Read once, in __main__."""

    model_config = SettingsConfigDict(env_prefix="QVDC_", frozen=True, extra="ignore")

    database_url: str = Field(description="PostgreSQL URL of this service's own role.")
    database_admin_url: str = Field(
        "", description="Who may create roles and schemas; empty after qvdc-install."
    )
    etcd_endpoints: str = Field(
        "127.0.0.1:2379", description="host:port, comma-separated: who lives and who leads."
    )
    etcd_ca_file: Path | None = Field(None, description="PEM; its presence turns TLS on.")
    etcd_user: str = Field("", description="Empty where etcd asks for no sign-in.")
    etcd_password_file: Path | None = Field(None, description="Holds the user's password.")
    redis_url: str = Field("", description="Wakes Watch streams early; empty costs one second.")
    mesh_listen: str = Field("127.0.0.1:7002", description="host:port of gRPC with mutual TLS.")
    http_listen: str = Field("127.0.0.1:7102", description="host:port of Connect and health.")
    enrol_listen: str | None = Field(
        None, description="host:port where hosts without a certificate join; None closes it."
    )
    enrol_addresses: str = Field(
        "",
        description="host:port,...: where hosts reach the enrol port, told with join tokens; "
        "default: advertise_host and the port of enrol_listen.",
    )
    advertise_host: str = Field("127.0.0.1", description="Address others reach this copy at.")
    cert_file: Path = Field(description="PEM, the leaf followed by its intermediate.")
    key_file: Path = Field(description="PEM, the leaf's private key.")
    ca_file: Path = Field(description="PEM of the root.")
    assertion_jwks: Path = Field(description="The door's published keys.")
    sealing_key_file: Path = Field(
        description="Opens the certificate authority's keys; the same file for every copy."
    )
    beats_per_second: int = Field(
        600,
        ge=1,
        description="Beats that all copies together shall answer; of more hosts each beats more "
        "slowly, and its session lives longer. A core takes some 1,000.",
    )
    instance: str = Field("node-1", description="Name of this copy; unique among them.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    cluster_endpoints: str = Field("", description=_FALLBACK)
    vm_endpoints: str = Field("", description=_FALLBACK)
    image_endpoints: str = Field("", description=_FALLBACK)
    network_endpoints: str = Field("", description=_FALLBACK)

    def told_enrol_addresses(self, port: int) -> tuple[str, ...]:
        """Return where hosts shall enrol; nothing where they cannot.

        Args:
            port: where this copy's enrol port listens; 0 for nowhere.
        """
        if self.enrol_addresses:
            return tuple(each.strip() for each in self.enrol_addresses.split(",") if each.strip())
        return (f"{self.advertise_host}:{port}",) if port else ()

    def static_endpoints(self) -> dict[str, list[Endpoints]]:
        """Return the configured addresses of the other services."""
        told = {
            "cluster": self.cluster_endpoints,
            "vm": self.vm_endpoints,
            "image": self.image_endpoints,
            "network": self.network_endpoints,
        }
        return {service: _endpoints(text) for service, text in told.items() if text}


def _endpoints(text: str) -> list[Endpoints]:
    copies = (each.strip().partition("/") for each in text.split(",") if each.strip())
    return [Endpoints(mesh=mesh, http=http) for mesh, _, http in copies]
