"""The host's signing requests and certificate."""

import asyncio
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from qvdc_agent.domain.places import Places
from qvdc_agent.guardian.errors import Refused
from qvdc_agent.guardian.files import write_whole

RENEW_AT = 2 / 3
"""Share of a certificate's life after which it is renewed."""
DEADLINE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Validity:
    """From when until when a certificate is valid; UTC."""

    begin: datetime
    end: datetime

    @property
    def renewal_time(self) -> datetime:
        """When to renew it."""
        return self.begin + (self.end - self.begin) * RENEW_AT


class Certificates:
    """The files of the identity folder; `load` before asking."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._validity: Validity | None = None

    async def load(self) -> None:
        """Read the certificate in place, if there is one that can be read."""
        self._validity = None
        if not self._places.certificate.exists():
            return
        try:
            told = await _sign("validity", str(self._places.certificate))
            begin, end = told.split()
            self._validity = Validity(datetime.fromisoformat(begin), datetime.fromisoformat(end))
        except (Refused, ValueError):
            return

    async def signing_request(self, machine_uuid: str) -> str:
        """A signing request in PEM for the host's key, which is made at the first call."""
        return await _sign("request", str(self._places.key), machine_uuid)

    async def store(self, certificate_pem: str, ca_pem: str) -> None:
        """Put a new certificate in its place, after the roots that it is verified against."""
        if ca_pem:
            write_whole(self._places.ca, ca_pem.encode(), mode=0o644)
        write_whole(self._places.certificate, certificate_pem.encode(), mode=0o644)
        await self.load()

    def usable(self, now: datetime) -> bool:
        """Whether the certificate can be presented `now`."""
        return self._validity is not None and now.astimezone(UTC) < self._validity.end

    def due(self, now: datetime) -> bool:
        """Whether the certificate is to be renewed `now`."""
        return self._validity is not None and now.astimezone(UTC) >= self._validity.renewal_time


async def _sign(*arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "qvdc_agent.guardian.signing",
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(DEADLINE.total_seconds()):
            output, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise Refused("KEY_UNUSABLE", errors.decode(errors="replace").strip()[-500:])
    return output.decode()
