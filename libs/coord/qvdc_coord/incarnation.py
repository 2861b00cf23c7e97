"""The key of one etcd life (PROTOCOLS 1): what makes two lives of etcd tell apart."""

from datetime import timedelta

from qvdc_coord.client import DEFAULT_TIMEOUT, Etcd
from qvdc_coord.keys import INCARNATION


async def read_incarnation(etcd: Etcd, *, timeout: timedelta = DEFAULT_TIMEOUT) -> str:
    """Return the key of this etcd life; empty until the node service has opened it.

    Raises:
        EtcdUnavailable: etcd did not answer.
    """
    found = await etcd.get(INCARNATION, timeout=timeout)
    return "" if found is None else found.value.decode()
