"""The product's services as the lab runs them: where each listens, and what it is told."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from qvdc_lab.lab import Lab
from qvdc_lab.supervise import Daemon, start

# Ports on the control plane's management address, which belongs to this lab alone.
SERVICES = ("node", "cluster", "image", "network", "vm", "console")
MESH_PORT = {name: port for port, name in enumerate(SERVICES, start=7001)}
HTTP_PORT = {name: port for port, name in enumerate(SERVICES, start=7101)}
ENROL_PORT = 7200


@dataclass(frozen=True, slots=True)
class Service:
    """One process of the control plane.

    Args:
        ready_url: what answers 200 once the service can work.
        environment: everything it is told; secrets stay in files.
    """

    name: str
    ready_url: str
    folder: Path
    log_folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def start(self) -> bool:
        """Start the service unless it runs so already; return whether it was started."""
        return start(self.daemon)

    @property
    def daemon(self) -> Daemon:
        """The service under a keeper that starts it again whenever it ends."""
        program = [sys.executable, "-m", f"qvdc_{self.name}"]
        command = [sys.executable, "-m", "qvdc_lab.keeper", *program]
        return Daemon(self.name, command, self.log_folder, self.environment)


def services_of(lab: Lab) -> list[Service]:
    """Return every service of `lab`, in no order that matters to them."""
    return [_service(lab, name) for name in SERVICES]


def secrets_folder(lab: Lab) -> Path:
    """Return where the installation puts certificates and keys: one folder per service."""
    return lab.run_folder / "secrets"


def bootstrap_key_file(lab: Lab) -> Path:
    """Return the file that holds the key which the door makes at its first start."""
    return secrets_folder(lab) / "console/bootstrap.key"


def admin_password_file(lab: Lab) -> Path:
    """Return the file that holds the first administrator's generated password."""
    return secrets_folder(lab) / "console/admin.password"


def demo_key_file(lab: Lab) -> Path:
    """Return the file of the demo's own key, which outlives the first sign-in."""
    return secrets_folder(lab) / "console/demo.key"


def key_file(lab: Lab) -> Path:
    """Return the file of the key to call with: the demo's own once it is made."""
    own = demo_key_file(lab)
    return own if own.exists() else bootstrap_key_file(lab)


def _service(lab: Lab, name: str) -> Service:
    folder = secrets_folder(lab) / name
    environment = {
        **read_environment(folder / "service.env"),
        **_common(lab, name),
        **_own(lab).get(name, {}),
    }
    ready_url = f"https://{lab.names.gateway}:{HTTP_PORT[name]}/readyz"
    return Service(name, ready_url, folder, lab.daemons, environment)


def _common(lab: Lab, name: str) -> dict[str, str]:
    gateway = lab.names.gateway
    common = {
        "QVDC_ETCD_ENDPOINTS": lab.etcd.endpoint,
        "QVDC_REDIS_URL": lab.redis.url,
        "QVDC_ADVERTISE_HOST": str(gateway),
        "QVDC_INSTANCE": f"{name}-1",
        "QVDC_MESH_LISTEN": f"{gateway}:{MESH_PORT[name]}",
        "QVDC_HTTP_LISTEN": f"{gateway}:{HTTP_PORT[name]}",
    }
    for other, port in MESH_PORT.items():
        http = f"{gateway}:{HTTP_PORT[other]}"
        common[f"QVDC_{other.upper()}_ENDPOINTS"] = f"{gateway}:{port}/{http}"
    return common


def _own(lab: Lab) -> dict[str, dict[str, str]]:
    """What one service alone is told."""
    names = lab.names
    return {
        "node": {"QVDC_ENROL_LISTEN": f"{names.gateway}:{ENROL_PORT}"},
        "image": {"QVDC_IMAGE_LIBRARY": str(lab.run_folder / "data/images")},
        "network": {
            "QVDC_OVN_NORTHBOUND": lab.ovn.northbound,
            "QVDC_OVN_SOUTHBOUND": lab.ovn.southbound,
        },
        "console": {
            "QVDC_CONSOLE_LISTEN": f"127.0.0.1:{names.port('console_http')}",
            "QVDC_CONSOLE_TLS_LISTEN": f"127.0.0.1:{names.port('console_https')}",
            "QVDC_CONSOLE_GRPC_LISTEN": f"127.0.0.1:{names.port('console_grpc')}",
            "QVDC_CONSOLE_API_KEY_FILE": str(bootstrap_key_file(lab)),
            "QVDC_CONSOLE_TLS_CERT_FILE": str(secrets_folder(lab) / "console/door-cert.pem"),
            "QVDC_CONSOLE_TLS_KEY_FILE": str(secrets_folder(lab) / "console/door-key.pem"),
            "QVDC_CONSOLE_SITE": "lab",
            **_web(),
        },
    }


def _web() -> dict[str, str]:
    """The setting of the built web console; none where it is not built."""
    built = Path(__file__).parents[4] / "services/console/web/dist"
    return {"QVDC_CONSOLE_WEB_DIR": str(built)} if (built / "index.html").is_file() else {}


def read_environment(file: Path) -> dict[str, str]:
    """Return the settings of an environment file: NAME=value lines, # comments; {} if absent."""
    if not file.exists():
        return {}
    lines = (line.strip() for line in file.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}
