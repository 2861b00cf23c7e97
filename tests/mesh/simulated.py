"""A host of a site: guardian and agent as real processes, its hypervisor alone simulated."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.mesh.site import Site, free_port, until

NODES = "/quantix.node.v1.NodeService/"
TOKENS = "/quantix.node.v1.JoinTokenService/"
JOINED_SECONDS = 90.0
PROGRAMS = {"guardian": "qvdc_agent.guardian", "agent": "qvdc_agent"}


@dataclass(slots=True)
class SimulatedHost:
    """Folders and processes of one host; images are pulled for real, into its own pool."""

    site: Site
    node_id: str
    agent_port: int = field(default_factory=free_port)
    peer_port: int = field(default_factory=free_port)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of its node."""
        return f"nodes/{self.node_id}"

    @property
    def folder(self) -> Path:
        """Everything that it keeps."""
        return self.site.folder / self.node_id

    @property
    def cached_images(self) -> set[str]:
        """Digests of the images in its pool."""
        return {each.name for each in (self.folder / "pool/images").glob("[0-9a-f]*")}

    @property
    def guests(self) -> Mapping[str, Any]:
        """What its simulated hypervisor holds, by uid."""
        kept = self.folder / "state/simulated.json"
        if not kept.exists():
            return {}
        told: dict[str, Any] = json.loads(kept.read_text())
        guests: Mapping[str, Any] = told["guests"]
        return guests

    def join(self) -> None:
        """Have it join with a token of its own, and start it."""
        token = self.site.door.must(TOKENS + "CreateJoinToken", {"joinToken": {}})
        self.folder.mkdir()
        secret = self.folder / "token"
        secret.write_text(token["secret"])
        self._run(
            "qvdc_agent.node_cli", "join", "--server", f"127.0.0.1:{self.site.enrol_port}",
            "--token-file", str(secret), "--ca-hash", token["caHash"], "--node-id", self.node_id,
        )  # fmt: skip
        for program in PROGRAMS:
            self.start(program)

    def start(self, program: str) -> None:
        """Start its guardian or agent."""
        with (self.folder / f"{program}.log").open("ab") as log:
            self.processes[program] = subprocess.Popen(
                [sys.executable, "-m", PROGRAMS[program]],
                env=self._environment(),
                stdout=log,
                stderr=log,
            )

    def kill(self, program: str) -> None:
        """End its guardian or agent as a crash would."""
        self.processes[program].send_signal(signal.SIGKILL)
        self.processes[program].wait(timeout=30)

    def seen(self) -> Mapping[str, Any]:
        """Its node, through the door."""
        return self.site.door.must(NODES + "GetNode", {"name": self.name})

    def wait_ready(self, *, newer_than: int = 0) -> None:
        """Return once its node is READY, registered by a guardian newer than an instance."""

        def ready() -> bool:
            node = self.site.door.connect(NODES + "GetNode", {"name": self.name}).body
            newer = int(node.get("instance", "0")) > newer_than
            return newer and node["phase"] == "PHASE_READY" and "memoryTotalBytes" in str(node)

        until(ready, JOINED_SECONDS, lambda: f"{self.name}: {self.seen()}; see {self.folder}")

    def down(self) -> None:
        """Stop its processes."""
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()
                process.wait()

    def _run(self, module: str, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, "-c", f"from {module} import main; main()", *arguments],
            env=self._environment(),
            check=True,
            capture_output=True,
        )

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "QVDC_AGENT_HYPERVISOR": "simulated",
            "QVDC_AGENT_STATE_DIR": str(self.folder / "state"),
            "QVDC_AGENT_RUN_DIR": str(self.folder / "run"),
            "QVDC_AGENT_POOL_DIR": str(self.folder / "pool"),
            "QVDC_ADVERTISE_HOST": "127.0.0.1",
            "QVDC_MESH_LISTEN": f"127.0.0.1:{self.agent_port}",
            "QVDC_PEER_LISTEN": f"127.0.0.1:{self.peer_port}",
            "QVDC_HTTP_LISTEN": "",
            "QVDC_AGENT_WATCHDOG": "none",
        }
