"""The connection to libvirtd: one event thread, a bounded pool of threads; reconnects by itself."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar

import libvirt

from qvdc_agent.domain.refusals import HypervisorAway, StepRefused
from qvdc_obs.logs import get_logger

log = get_logger(__name__)

_Result = TypeVar("_Result")

CALL_THREADS = 8
"""Calls to libvirtd at a time: one for each worker, and some for those who only look."""
CALL_DEADLINE = timedelta(seconds=60)
"""A call that takes longer is given up; destroying a busy guest may take 15 s."""
RECONNECT_PERIOD = timedelta(seconds=1)
KEEPALIVE_SECONDS, KEEPALIVE_COUNT = 5, 3

_AWAY = {
    libvirt.VIR_ERR_SYSTEM_ERROR,
    libvirt.VIR_ERR_RPC,
    libvirt.VIR_ERR_NO_CONNECT,
    libvirt.VIR_ERR_INVALID_CONN,
    libvirt.VIR_ERR_LIBSSH,
}

_HOPELESS = {
    libvirt.VIR_ERR_XML_ERROR,
    libvirt.VIR_ERR_XML_INVALID_SCHEMA,
    libvirt.VIR_ERR_CONFIG_UNSUPPORTED,
}
"""Refusals of a definition that asking again will not change."""

_events_started = threading.Lock()
_events_running = False


class LibvirtConnection:
    """Calls libvirtd from asyncio.

    Args:
        uri: libvirt's, such as qemu:///system.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._threads = ThreadPoolExecutor(CALL_THREADS, thread_name_prefix="libvirt")
        self._connection: Any = None
        self._lost = asyncio.Event()
        self._on_connected: list[Callable[[Any], Callable[[], None]]] = []
        self._on_ready: list[Callable[[], None]] = []
        self._undo: list[Callable[[], None]] = []

    @property
    def ready(self) -> bool:
        """Whether libvirtd is connected."""
        return self._connection is not None

    def on_connected(self, action: Callable[[Any], Callable[[], None]]) -> None:
        """Do `action` with each new connection, in a thread, before anybody else may use it; what
        it returns is done before the connection is closed."""
        self._on_connected.append(action)

    def on_ready(self, action: Callable[[], None]) -> None:
        """Do `action` in the event loop whenever libvirtd can be called again."""
        self._on_ready.append(action)

    async def run(self) -> None:
        """Connect, and again whenever the connection is lost; for ever."""
        start_events()
        while True:
            self._lost = asyncio.Event()
            try:
                self._connection = await self._connect()
            except libvirt.libvirtError as error:
                log.warning("libvirt.away", uri=self._uri, why=str(error))
                await asyncio.sleep(RECONNECT_PERIOD.total_seconds())
                continue
            log.info("libvirt.connected", uri=self._uri)
            try:
                for action in self._on_ready:
                    action()
                await self._lost.wait()
            finally:
                closing, self._connection = self._connection, None
                await asyncio.shield(self._in_thread(_release, closing, self._undo))
            log.warning("libvirt.lost", uri=self._uri)

    async def call(self, work: Callable[[Any], _Result]) -> _Result:
        """Return `work(connection)`, done in a thread.

        Raises:
            HypervisorAway: there is no connection, or it broke, or the call took too long.
            StepRefused: libvirt refused, in its own words.
        """
        connection = self._connection
        if connection is None:
            raise HypervisorAway("not connected")
        try:
            async with asyncio.timeout(CALL_DEADLINE.total_seconds()):
                return await self._in_thread(work, connection)
        except TimeoutError as error:
            raise HypervisorAway(f"no answer within {CALL_DEADLINE}") from error
        except libvirt.libvirtError as error:
            if await self._is_broken(connection, error):
                self._lost.set()
                raise HypervisorAway(str(error)) from error
            final = error.get_error_code() in _HOPELESS
            raise StepRefused("HYPERVISOR_REFUSED", str(error), final=final) from error

    def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _connect(self) -> Any:
        lost, loop = self._lost, asyncio.get_running_loop()

        def closed(*_: object) -> None:
            loop.call_soon_threadsafe(lost.set)

        def connect() -> Any:
            connection = libvirt.open(self._uri)
            connection.setKeepAlive(KEEPALIVE_SECONDS, KEEPALIVE_COUNT)
            connection.registerCloseCallback(closed, None)
            self._undo = [connection.unregisterCloseCallback]
            self._undo += [action(connection) for action in self._on_connected]
            return connection

        return await self._in_thread(connect)

    async def _is_broken(self, connection: Any, error: libvirt.libvirtError) -> bool:
        if error.get_error_code() not in _AWAY:
            return False
        return not await self._in_thread(_is_alive, connection)

    async def _in_thread(self, work: Callable[..., _Result], *arguments: Any) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)


def start_events() -> None:
    """Start libvirt's event loop in a thread of its own, once per process, before any connection
    is opened."""
    global _events_running
    with _events_started:
        if _events_running:
            return
        libvirt.registerErrorHandler(_swallow_error, None)
        libvirt.virEventRegisterDefaultImpl()
        threading.Thread(target=_run_events, name="libvirt-events", daemon=True).start()
        _events_running = True


def _run_events() -> None:
    while True:
        libvirt.virEventRunDefaultImpl()


def _swallow_error(*_: object) -> None:
    """Keep libvirt from printing; errors are raised as well."""


def _is_alive(connection: Any) -> bool:
    try:
        return bool(connection.isAlive())
    except libvirt.libvirtError:
        return False


def _release(connection: Any, undo: Sequence[Callable[[], object]]) -> None:
    """Close a connection, which may be broken, so that nothing calls back any more."""
    for action in (*undo, connection.close):
        try:
            action()
        except libvirt.libvirtError as error:
            log.debug("libvirt.release_failed", why=str(error))
