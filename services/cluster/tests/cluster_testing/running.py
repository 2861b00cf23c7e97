"""The running service and who calls it."""

from dataclasses import dataclass

from qvdc_rpc.process import Process
from qvdc_testing.wire import Callers
from tests.cluster_testing.owners import NodeOwner

H1 = "11111111-1111-4111-8111-111111111111"
H2 = "22222222-2222-4222-8222-222222222222"


@dataclass
class Running:
    """One copy of the service."""

    process: Process
    callers: Callers
    nodes: NodeOwner
