"""Settings of the image service, read once from the environment (QVDC_*)."""

import os
import socket
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from qvdc_core.units import GIB, TIB


class Settings(BaseSettings):
    """One image service process."""

    model_config = SettingsConfigDict(env_prefix="QVDC_", frozen=True, extra="ignore")

    database_url: str
    """PostgreSQL as this service's role: postgresql+psycopg://role@/db?host=..."""
    database_admin_url: str = ""
    """Who may create role and schema; empty when they exist."""
    etcd_endpoints: str
    """host:port,host:port of etcd: who else is there, and which copy sweeps."""
    redis_url: str = ""
    """Wakes readers of the outbox early; empty: they look every second."""
    mesh_listen: str = "0.0.0.0:7443"
    """host:port of the gRPC port for services and hosts."""
    http_listen: str = "0.0.0.0:7480"
    """host:port of the HTTP port: Connect, tus uploads, image bytes, health, metrics."""
    advertise_host: str = Field(default_factory=socket.gethostname)
    """Name or address under which others reach this copy."""
    cert_file: Path | None = None
    """Leaf and intermediate, PEM. Without certificates both ports are plain (tests)."""
    key_file: Path | None = None
    """Private key of the leaf, PEM."""
    ca_file: Path | None = None
    """The root that peers must descend from, PEM."""
    assertion_jwks: Path | None = None
    """The door's published keys; without them no user's call is answered."""
    instance: str = Field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}")
    """Tells copies apart in etcd and in logs."""
    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""
    image_library: Path = Path("/var/lib/quantix/images")
    """Directory of image bytes, shared by all copies, one file system that keeps flock."""
    image_max_upload_bytes: int = Field(default=2 * TIB, ge=1)
    """Largest single upload in bytes."""
    image_keep_free_bytes: int = Field(default=1 * GIB, ge=0)
    """Of the library's file system, never given to uploads, so that it never runs full."""
    image_grace_seconds: int = Field(default=86_400, ge=0)
    """How long bytes are kept after the last image gave them up, in seconds."""
    image_idle_timeout_seconds: float = Field(default=60, gt=0)
    """A connection that brings no byte for this long is taken for cut, in seconds."""
