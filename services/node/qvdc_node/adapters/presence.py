"""What this copy sees of all sessions and fences, followed by a watch."""

from collections.abc import Callable
from contextlib import aclosing
from datetime import timedelta

from qvdc_coord.client import Etcd, Snapshot
from qvdc_coord.keys import NODES
from qvdc_coord.watch import Changed, Event, Removed, watch_prefix
from qvdc_core.clock import Clock
from qvdc_node.adapters.terms_key import lease_from_key
from qvdc_node.domain.phase import Liveness, OpenFences
from qvdc_node.domain.terms import USUAL

FENCED = "/fenced"
TERMS = "/terms"


class EtcdPresence:
    """A memory of `/quantix/nodes/`; says that it does not know while etcd is away.

    Args:
        on_change: called when a session or fence came or went.
    """

    def __init__(self, etcd: Etcd, clock: Clock) -> None:
        self._etcd = etcd
        self._clock = clock
        self._keys: dict[str, str] = {}
        self._fenced: dict[str, str] = {}
        # Also of hosts whose terms etcd lost: they run them until they are told others.
        self._lives: dict[str, timedelta] = {}
        self._since: float | None = None
        self._revision = 0
        self.on_change: Callable[[], None] = lambda: None

    async def run(self) -> None:
        """Follow the keys. Never ends."""
        watching = watch_prefix(self._etcd, NODES, on_gap=self._forget)
        async with aclosing(watching) as events:
            async for event in events:
                self._apply(event)
                self.on_change()

    def liveness(self, uid: str) -> Liveness | None:
        """Return what etcd showed of the host; None while etcd is away."""
        if self._since is None:
            return None
        fenced = self._keys.get(f"{NODES}{uid}/fenced")
        return Liveness(
            session=f"{NODES}{uid}/session" in self._keys,
            fenced="" if fenced is None else fenced or "unknown",
        )

    def open_fences(self) -> OpenFences | None:
        """Return the fences of all hosts as of one moment; None while etcd is away."""
        if self._since is None:
            return None
        return OpenFences(self._revision, self._fenced)

    def life_of(self, uid: str) -> timedelta:
        """Return how long a session of the host lives without a renewal, at most."""
        return self._lives.get(uid, USUAL.session)

    def settled_for(self) -> timedelta:
        """Return how long this copy has followed one life of etcd without a gap."""
        if self._since is None:
            return timedelta(0)
        return timedelta(seconds=self._clock.boottime() - self._since)

    def _forget(self) -> None:
        self._since = None

    def _apply(self, event: Event) -> None:
        match event:
            case Snapshot(revision, kvs):
                self._revision = revision
                self._keys = {kv.key: kv.value.decode(errors="replace") for kv in kvs}
                self._fenced = self._fences()
                for kv in kvs:
                    self._note_terms(kv.key)
                self._since = self._clock.boottime()
            case Changed(kv):
                self._revision = kv.mod_revision
                self._keys[kv.key] = kv.value.decode(errors="replace")
                self._note_fence(kv.key)
                self._note_terms(kv.key)
            case Removed(key, revision):
                self._revision = revision
                self._keys.pop(key, None)
                self._note_fence(key)

    def _note_fence(self, key: str) -> None:
        if key.endswith(FENCED):
            self._fenced = self._fences()

    def _note_terms(self, key: str) -> None:
        if not key.endswith(TERMS):
            return
        uid = key.removeprefix(NODES).removesuffix(TERMS)
        if (life := lease_from_key(self._keys[key])) is not None:
            self._lives[uid] = life

    def _fences(self) -> dict[str, str]:
        """Look for fences among all keys: when one changes, not at each of the beats that tell
        them. What was handed out stays as it was."""
        return {
            key.removeprefix(NODES).removesuffix(FENCED): incident
            for key, incident in self._keys.items()
            if key.endswith(FENCED)
        }
