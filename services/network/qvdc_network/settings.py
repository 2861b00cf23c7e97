"""What the network service is told by its environment, each name with the prefix QVDC_."""

import os
import socket
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from qvdc_network.domain.mac import check_prefix


class Settings(BaseSettings):
    """Read once, in __main__."""

    model_config = SettingsConfigDict(env_prefix="QVDC_", frozen=True, extra="ignore")

    database_url: str = Field(description="PostgreSQL URL of this service's own role.")
    database_admin_url: str = Field(
        default="", description="Who may create roles and schemas; empty after qvdc-install."
    )
    etcd_endpoints: str = Field(
        default="127.0.0.1:2379", description="host:port, comma-separated: who lives and who leads."
    )
    etcd_ca_file: Path | None = Field(default=None, description="PEM; its presence turns TLS on.")
    etcd_user: str = Field(default="", description="Empty where etcd asks for no sign-in.")
    etcd_password_file: Path | None = Field(default=None, description="Holds the user's password.")
    redis_url: str = Field(
        default="", description="Wakes Watch streams early; empty costs one second."
    )
    mesh_listen: str = Field(
        default="127.0.0.1:7004", description="host:port of gRPC with mutual TLS."
    )
    http_listen: str = Field(
        default="127.0.0.1:7104", description="host:port of Connect and health."
    )
    advertise_host: str = Field(
        default="127.0.0.1", description="Address others reach this copy at."
    )
    cert_file: Path = Field(description="PEM, the leaf followed by its intermediate.")
    key_file: Path = Field(description="PEM, the leaf's private key.")
    ca_file: Path = Field(description="PEM of the root.")
    assertion_jwks: Path = Field(description="The door's published keys.")
    instance: str = Field(
        default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}",
        description="Name of this copy; unique among them.",
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
    ovn_northbound: str = Field(
        description="tcp:, ssl: or unix: addresses of OVN's northbound database, comma-separated."
    )
    ovn_southbound: str = Field(
        description="The same of the southbound database, which tells where ports are bound."
    )
    ovn_key_file: Path | None = Field(
        default=None, description="PEM for ssl: addresses; None uses this process's own key."
    )
    ovn_cert_file: Path | None = Field(
        default=None, description="As ovn_key_file, the certificate."
    )
    ovn_ca_file: Path | None = Field(default=None, description="As ovn_key_file, the root.")
    underlay_mtu: int = Field(
        default=1500,
        ge=1280,
        le=9216,
        description="Bytes that the hosts' tunnel network carries in one packet; networks get 58"
        " less, for Geneve.",
    )
    mac_prefix: str = Field(
        default="02:71:76",
        description="Three octets, locally administered; give every site its own, so that its"
        " machines' addresses are unique where sites meet.",
    )
    port_report_stale_seconds: int = Field(
        default=45,
        ge=5,
        description="A host silent for longer is not believed to have its ports plugged: three"
        " reports of the agent, which sends one every 15 s or sooner.",
    )

    @field_validator("mac_prefix")
    @classmethod
    def _locally_administered(cls, value: str) -> str:
        return check_prefix(value)
