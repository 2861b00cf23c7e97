"""Machines' holds on images, hosts' caches, and the right to fetch bytes."""

import secrets
from datetime import timedelta

from qvdc_core.clock import Clock
from qvdc_core.errors import NotFound
from qvdc_core.fence import Fence
from qvdc_core.ids import Name
from qvdc_image.domain import ticket
from qvdc_image.domain.claim import Claim, Grant
from qvdc_image.domain.refusals import ImageNotReady
from qvdc_image.ports.work import OpenWork
from qvdc_image.ports.world import Origins
from qvdc_image.usecases.told import image_changed

TICKET_LIFE = timedelta(hours=24)
"""How long a ticket opens its bytes: longer than a slow pull; claiming again brings a new one."""
KEY_BYTES = 32


class Claims:
    """Gives and takes back the right to use an image."""

    def __init__(self, *, work: OpenWork, origins: Origins, clock: Clock) -> None:
        self._work = work
        self._origins = origins
        self._clock = clock
        self._key: bytes | None = None

    async def claim(self, name: Name, *, vm_uid: str, vm_name: str, fence: Fence) -> Grant:
        """Hold an image for a machine; repeating it answers the same with a fresh ticket.

        Raises:
            StaleFence: a newer leader of the loop has spoken.
            NotFound: there is no such image.
            ImageNotReady: its bytes are not there.
        """
        now = self._clock.now()
        async with self._work() as work:
            await work.fences.check(fence)
            image = await work.images.get(name, locked=True)
            image.require_ready()
            if await work.claims.add(Claim(image.uid, vm_uid, vm_name, now)):
                image = await work.images.save_observed(image)
                await work.events.append(image_changed(image))
            key = await work.keys.current(_new_key)
            await work.commit()
        if image.size_bytes is None or image.virtual_size_bytes is None or image.format is None:
            raise ImageNotReady(image.name, image.state.value)
        expires = (now + TICKET_LIFE).replace(microsecond=0)
        return Grant(
            image=image.name,
            image_uid=image.uid,
            digest=image.digest,
            format=image.format.value,
            size_bytes=image.size_bytes,
            virtual_size_bytes=image.virtual_size_bytes,
            urls=tuple(await self._origins.urls(image.digest)),
            ticket=ticket.issue(key, image.digest, expires),
            ticket_expire_time=expires,
        )

    async def release(self, name: Name, *, vm_uid: str, fence: Fence) -> None:
        """Give a hold up; a no-op if it is not held.

        Raises:
            StaleFence: a newer leader of the loop has spoken.
        """
        async with self._work() as work:
            await work.fences.check(fence)
            try:
                image = await work.images.get(name, locked=True)
            except NotFound:
                return
            if await work.claims.remove(image.uid, vm_uid):
                await work.events.append(image_changed(await work.images.save_observed(image)))
            await work.commit()

    async def check_ticket(self, text: str, digest: str) -> None:
        """Check that `text` opens the bytes of `digest` now.

        Raises:
            TicketRefused: it does not.
        """
        if self._key is None:
            async with self._work() as work:
                self._key = await work.keys.current(_new_key)
                await work.commit()
        ticket.check(self._key, text, digest, self._clock.now())


def _new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)
