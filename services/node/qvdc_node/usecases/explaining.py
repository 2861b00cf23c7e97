"""Telling a host why its certificate opens nothing: TLS refuses it before anybody can say so."""

from qvdc_core.errors import Refusal
from qvdc_node.domain.node import NodeRemoved, NodeUid, NodeUnknown
from qvdc_node.ports.rows import UnitsOfWork
from qvdc_node.ports.world import CertificateAuthority
from qvdc_node.usecases.refusal import RefusalAudit


class ExplainingUseCase:
    """Judges certificates that are shown; that proves nothing, and nothing is given for it."""

    def __init__(
        self, unit_of_work: UnitsOfWork, authority: CertificateAuthority, audit: RefusalAudit
    ) -> None:
        self._unit_of_work = unit_of_work
        self._authority = authority
        self._audit = audit

    async def explain(self, uid: NodeUid, certificate_pem: str, *, address: str) -> None:
        """Return if the host's certificate is good.

        Args:
            address: where the call comes from.

        Raises:
            CertificateExpired, CertificateForeign, IdentityMismatch, NodeRemoved, NodeUnknown:
                why it is not, which is told as an event.
        """
        try:
            await self._authority.check_shown(uid, certificate_pem)
            await self._check_known(uid)
        except Refusal as refusal:
            await self._audit.tell(
                "CertificateRefused", refusal, uid=uid, caller="", details={"address": address}
            )
            raise

    async def _check_known(self, uid: NodeUid) -> None:
        async with self._unit_of_work() as work:
            if await work.nodes.some([uid]):
                return
            stone = await work.tombstones.find(uid)
        if stone is not None and not stone.readmitted:
            raise NodeRemoved(uid, stone.remove_time)
        if stone is None:
            raise NodeUnknown(uid)
