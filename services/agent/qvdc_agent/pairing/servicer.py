"""PairingService, for the minutes in which a host may be joined from outside."""

import asyncio

from quantix.agent.v1 import pairing_pb2 as wire
from qvdc_agent.domain.places import Places
from qvdc_agent.guardian.files import write_whole
from qvdc_agent.guardian.identity import machine_uuid
from qvdc_agent.guardian.joining import Joining, write_joining
from qvdc_agent.pairing.code import OneTimeCode
from qvdc_agent.pairing.described import described, joined_as
from qvdc_core.errors import InvalidField, Kind, Refusal
from qvdc_obs.logs import get_logger
from qvdc_rpc.context import RequestContext

log = get_logger(__name__)
PAIRING_SERVICE = wire.DESCRIPTOR.services_by_name["PairingService"]
_PEM = "-----BEGIN CERTIFICATE-----"


class AlreadyJoined(Refusal):
    """The host belongs to a control plane."""

    kind = Kind.PRECONDITION
    reason = "ALREADY_JOINED"

    def __init__(self, node: str) -> None:
        super().__init__(f"The host is {node} of a control plane: have it leave first.", node=node)


class PairingServicer:
    """Answers whoever knows the code; `configured` is set once the host was told where to join."""

    def __init__(self, places: Places, code: OneTimeCode) -> None:
        self._places = places
        self._code = code
        self.configured = asyncio.Event()

    async def describe(
        self, request: wire.DescribeRequest, ctx: RequestContext
    ) -> wire.DescribeResponse:
        """Tell who this host is."""
        self._check(request.code, ctx)
        return described(self._places)

    async def configure(
        self, request: wire.ConfigureRequest, ctx: RequestContext
    ) -> wire.ConfigureResponse:
        """Take the configuration; the guardian registers by itself."""
        self._check(request.code, ctx)
        if node := joined_as(self._places):
            raise AlreadyJoined(node)
        if not request.ca_pem.startswith(_PEM):
            raise InvalidField("ca_pem", "is no certificate in PEM")
        uid = machine_uuid(self._places)
        write_whole(self._places.ca, request.ca_pem.encode(), mode=0o644)
        write_joining(
            self._places.join,
            Joining(tuple(request.servers), token=request.join_token, node_id=request.node_id),
        )
        log.info("pairing.configured", by=ctx.peer_address, servers=list(request.servers))
        self.configured.set()
        return wire.ConfigureResponse(machine_uuid=uid)

    def _check(self, code: str, ctx: RequestContext) -> None:
        try:
            self._code.check(code)
        except Refusal as refusal:
            log.warning("pairing.refused", reason=refusal.reason, by=ctx.peer_address)
            raise
