"""The agent's settings, read once."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from qvdc_agent.domain.definition import VirtType
from qvdc_agent.domain.places import Places


class Settings(BaseSettings):
    """Everything that can be chosen about the agent of a host."""

    model_config = SettingsConfigDict(env_prefix="QVDC_", frozen=True, extra="ignore")

    mesh_listen: str = Field(
        default="0.0.0.0:7443",
        description="host:port of the gRPC port that the control plane calls, with mTLS.",
    )
    http_listen: str = Field(
        default="127.0.0.1:7480",
        description="host:port for /healthz, /readyz and /metrics; empty for none.",
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
    agent_state_dir: Path = Field(
        default=Path("/var/lib/quantix"),
        description="Durable folder: identity, wanted states. Must survive reboots and updates.",
    )
    agent_run_dir: Path = Field(
        default=Path("/run/quantix"),
        description="Volatile folder, emptied by a reboot: session state, the guardian's socket.",
    )
    agent_pool_dir: Path | None = Field(
        default=None,
        description="Folder of the pool `local`: cached images, disks. Default: pools/local in the"
        " state folder; put it where the room is.",
    )
    agent_hypervisor: Literal["libvirt", "simulated"] = Field(
        default="libvirt",
        description="What runs guests. simulated runs nothing, and the node says so: for trying the"
        " product without hypervisor hosts. Nothing falls back to it.",
    )
    agent_libvirt_uri: str = Field(
        default="qemu:///system",
        description="libvirt's address; the system's, since guests outlive us.",
    )
    agent_virt_type: Literal["auto", "kvm", "qemu"] = Field(
        default="auto",
        description="How guests run. auto proves KVM with a probe guest once per boot, since some"
        " hypervisors offer a KVM that hangs; qemu emulates.",
    )
    agent_ovs_db: str = Field(
        default="unix:/run/openvswitch/db.sock",
        description="Where Open vSwitch's database listens.",
    )
    agent_integration_bridge: str = Field(
        default="br-int",
        description="Bridge that network cards are plugged into; empty when there is none.",
    )
    agent_reboot_command: str = Field(
        default="systemctl reboot",
        description="Restarts this host, without a shell; the host's own system does it in order.",
    )
    agent_power_off_command: str = Field(
        default="systemctl poweroff",
        description="Turns this host off, likewise.",
    )
    agent_log_command: str = Field(
        default="journalctl --no-pager --output=cat --lines={lines} --unit=quantix-{process}",
        description="Reads the newest {lines} of the log of {process}, which is agent or guardian,"
        " without a shell.",
    )
    agent_workers: int = Field(
        default=4,
        ge=1,
        le=64,
        description="Machines worked on at a time; more only queue at libvirt and the disk.",
    )
    agent_reconcile_period_seconds: float = Field(
        default=30.0,
        gt=0,
        description="Seconds between looks at every machine; events make it faster, this makes a"
        " lost one harmless.",
    )
    agent_feed_period_seconds: float = Field(
        default=3.0,
        gt=0,
        description="Seconds between reports to the guardian: one for each beat.",
    )

    @property
    def places(self) -> Places:
        """The host's folders."""
        return Places(state=self.agent_state_dir, run=self.agent_run_dir)

    @property
    def pool_dir(self) -> Path:
        """Folder of the pool `local`."""
        return self.agent_pool_dir or self.agent_state_dir / "pools" / "local"

    @property
    def pools_dir(self) -> Path:
        """Folder of the pools whose place is left to the host, beside what is in `local`."""
        return self.pool_dir / "pools"

    @property
    def virt_type(self) -> VirtType | None:
        """How guests run; None to prove it."""
        return None if self.agent_virt_type == "auto" else VirtType(self.agent_virt_type)

    @property
    def reconcile_period(self) -> timedelta:
        """Time between looks at every machine."""
        return timedelta(seconds=self.agent_reconcile_period_seconds)

    @property
    def feed_period(self) -> timedelta:
        """Time between reports to the guardian."""
        return timedelta(seconds=self.agent_feed_period_seconds)
