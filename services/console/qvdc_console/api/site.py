"""quantix.console.v1.SiteService: what this site is and who the caller is."""

from typing import Protocol

from quantix.console.v1 import site_pb2
from qvdc_rpc.context import RequestContext

SERVICES = ("cluster", "node", "image", "network", "vm", "console")


class Census(Protocol):
    """Counts the copies of services."""

    def count(self, service: str) -> int:
        """How many copies are known now."""
        ...


class SiteServicer:
    """Answers from settings and discovery; needs no store."""

    def __init__(
        self, census: Census, *, version: str, site: str, features: tuple[str, ...]
    ) -> None:
        self._census = census
        self._version = version
        self._site = site
        self._features = features

    async def get_info(
        self,
        request: site_pb2.GetInfoRequest,  # noqa: ARG002 - it is empty
        ctx: RequestContext,  # noqa: ARG002 - the same for everybody
    ) -> site_pb2.SiteInfo:
        return site_pb2.SiteInfo(
            version=self._version,
            site=self._site,
            features=self._features,
            services=[
                site_pb2.ServiceState(service=name, copy_count=self._census.count(name))
                for name in SERVICES
            ],
        )

    async def get_caller(
        self,
        request: site_pb2.GetCallerRequest,  # noqa: ARG002 - it is empty
        ctx: RequestContext,
    ) -> site_pb2.Caller:
        return site_pb2.Caller(
            subject=ctx.caller.subject, permissions=sorted(ctx.caller.permissions)
        )
