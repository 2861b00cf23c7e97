"""Opening a life of etcd, by one leader (PROTOCOLS 1)."""

from collections.abc import Callable, Mapping

from qvdc_coord.client import Etcd
from qvdc_coord.fenced import fenced_txn
from qvdc_coord.incarnation import read_incarnation
from qvdc_coord.keys import INCARNATION, fenced_key
from qvdc_coord.txn import Put, absent
from qvdc_core.fence import Fence
from qvdc_obs.logs import get_logger

log = get_logger(__name__)


class EtcdIncarnation:
    """Makes sure that this life of etcd has its key.

    The leader's campaign has raised the site term already, because it saw no key.
    """

    def __init__(self, etcd: Etcd, new_key: Callable[[], str]) -> None:
        self._etcd = etcd
        self._new_key = new_key

    async def ensure(self, fence: Fence, fenced: Mapping[str, str]) -> None:
        """Write the key unless there is one, and with it the fences that stood before.

        Safe to repeat. No session is granted before the key is there, so none slips in between.

        Args:
            fenced: uid -> incident.

        Raises:
            StaleFence: another leads.
            StoreUnavailable: etcd did not answer.
        """
        if await read_incarnation(self._etcd):
            return
        key = self._new_key()
        for uid, incident in fenced.items():
            rewritten = [Put(fenced_key(uid), incident.encode())]
            await fenced_txn(self._etcd, fence, [absent(fenced_key(uid))], rewritten)
        put = [Put(INCARNATION, key.encode())]
        result = await fenced_txn(self._etcd, fence, [absent(INCARNATION)], put)
        if result.succeeded:
            log.warning("incarnation.opened", incarnation=key, fence=str(fence))
