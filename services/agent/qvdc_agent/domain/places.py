"""Where things lie on a host; shared by agent, guardian and the command line."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """The host's folders.

    Args:
        state: durable, survives a reboot and an update.
        run: volatile, emptied by a reboot.
    """

    state: Path
    run: Path

    @property
    def identity(self) -> Path:
        """Folder of the machine uuid, key and certificate."""
        return self.state / "identity"

    @property
    def machine_uuid(self) -> Path:
        """Who this host is; made once."""
        return self.identity / "machine-uuid"

    @property
    def key(self) -> Path:
        """The private key; made once."""
        return self.identity / "key.pem"

    @property
    def certificate(self) -> Path:
        """The certificate, leaf first."""
        return self.identity / "cert.pem"

    @property
    def ca(self) -> Path:
        """The control plane's root."""
        return self.identity / "ca.pem"

    @property
    def join(self) -> Path:
        """What `quantix-node join` wrote."""
        return self.state / "join.json"

    @property
    def control_plane(self) -> Path:
        """The control plane's addresses as last told, for the time after a reboot."""
        return self.state / "control-plane.json"

    @property
    def database(self) -> Path:
        """The agent's wanted states."""
        return self.state / "agent.db"

    @property
    def instance(self) -> Path:
        """The counter of guardian starts within this boot."""
        return self.run / "instance.json"

    @property
    def session(self) -> Path:
        """The session state that the guardian writes."""
        return self.run / "session.json"

    @property
    def report(self) -> Path:
        """The agent's last report, as the guardian keeps it for people on the host."""
        return self.run / "report.json"

    @property
    def feed(self) -> Path:
        """The guardian's socket for the agent's reports."""
        return self.run / "guardian.sock"

    @property
    def handover(self) -> Path:
        """The guardian's socket for processes of protected machines."""
        return self.run / "handover.sock"

    @property
    def guarded(self) -> Path:
        """The protected machines that run here, as the guardian keeps them."""
        return self.run / "guarded.json"

    @property
    def noes(self) -> Path:
        """When this host last told others that it cannot renew."""
        return self.run / "noes.json"

    @property
    def promises(self) -> Path:
        """What this host has promised against others."""
        return self.state / "promises.json"

    @property
    def member_set(self) -> Path:
        """The voting hosts of this host's cluster."""
        return self.state / "member-set.json"

    @property
    def assigned_pools(self) -> Path:
        """The storage pools of this host, as the guardian was told."""
        return self.state / "assigned-pools.json"

    @property
    def pool_book(self) -> Path:
        """What the agent knows of its storage pools."""
        return self.state / "pool-book.json"

    @property
    def virt_type(self) -> Path:
        """What the probe of KVM found in this boot."""
        return self.run / "virt-type.json"
