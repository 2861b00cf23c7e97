"""Wires the verbs of pairing."""

from collections.abc import Callable

from qvdc_core.clock import Clock
from qvdc_node.adapters.pairing_hosts import PairingHosts
from qvdc_node.ports.rows import UnitsOfWork
from qvdc_node.ports.world import CertificateAuthority
from qvdc_node.usecases.pairing import PairingUseCase
from qvdc_rpc.process import Process


def pairing_verbs(
    process: Process,
    unit_of_work: UnitsOfWork,
    authority: CertificateAuthority,
    clock: Clock,
    *,
    advertise_host: str,
    new_id: Callable[[], str],
    new_secret: Callable[[], str],
) -> PairingUseCase:
    """Return the verbs; hosts are sent to the port for enrolment of this very copy."""

    def servers() -> list[str]:
        port = process.enrol_port
        return [f"{advertise_host}:{port}"] if port else []

    return PairingUseCase(
        unit_of_work,
        PairingHosts(),
        authority,
        clock,
        servers=servers,
        new_id=new_id,
        new_secret=new_secret,
    )
