"""What the cluster service is told by its surroundings."""

import os
import socket
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Environment variables with the prefix QVDC_, read once in __main__."""

    model_config = SettingsConfigDict(env_prefix="QVDC_", frozen=True, extra="ignore")

    database_url: str
    """postgresql+psycopg://role@/database?host=...; the role owns the schema `cluster`."""
    database_admin_url: str = ""
    """Who may create the role and the schema; empty when installation made them."""
    etcd_endpoints: str
    """host:port of etcd's members, separated by commas."""
    redis_url: str = ""
    """Redis, which wakes watchers early; empty does without."""
    mesh_listen: str = "0.0.0.0:7001"
    """host:port for calls of other services."""
    http_listen: str = "0.0.0.0:7101"
    """host:port for Connect, health and metrics."""
    advertise_host: str = Field(default_factory=socket.gethostname)
    """Where others reach this copy."""
    cert_file: Path | None = None
    """PEM of this service's certificate; without it the ports are plain, for tests alone."""
    key_file: Path | None = None
    """PEM of its key."""
    ca_file: Path | None = None
    """PEM of the root that all certificates descend from."""
    assertion_jwks: Path | None = None
    """The door's published keys, by which users' calls are told."""
    instance: str = Field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}")
    """Which copy this is, for people."""
    node_endpoints: str = ""
    """Where the node service is while etcd cannot tell: mesh/http,... with host:port each."""
    vm_endpoints: str = ""
    """Where the vm service is while etcd cannot tell, likewise."""
    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""
