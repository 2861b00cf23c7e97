"""The node service, wired."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from qvdc_coord.incarnation import read_incarnation
from qvdc_coord.leadership import Leadership
from qvdc_db.books import EventBook, OperationBook
from qvdc_db.gate import StoreGate
from qvdc_db.retention import throw_old_away
from qvdc_db.site_term import current_term, observe_incarnation
from qvdc_db.watch import Watches
from qvdc_node.adapters.authority import NodeAuthority
from qvdc_node.adapters.clusters import ClusterMembership
from qvdc_node.adapters.confession import MachineConfessions
from qvdc_node.adapters.control_plane import DiscoveredControlPlane
from qvdc_node.adapters.hosts import AgentHosts
from qvdc_node.adapters.incarnation import EtcdIncarnation
from qvdc_node.adapters.machines import MachinePlacements
from qvdc_node.adapters.presence import EtcdPresence
from qvdc_node.adapters.sealing import SecretSeal
from qvdc_node.adapters.sessions import BEAT_DEADLINE, PATIENT_DEADLINE, EtcdSessions
from qvdc_node.api.failover import FAILOVER_SERVICE, FailoverServicer
from qvdc_node.api.host_log import NODE_LOG_SERVICE, NodeLogServicer
from qvdc_node.api.join_token import JOIN_TOKEN_SERVICE, JoinTokenServicer
from qvdc_node.api.node import NODE_SERVICE, NodeServicer
from qvdc_node.api.pairing import NODE_JOIN_SERVICE, NodeJoinServicer
from qvdc_node.api.pool_claim import POOL_CLAIM_SERVICE, PoolClaimServicer
from qvdc_node.api.pool_sync import POOL_SYNC_SERVICE, PoolSyncServicer
from qvdc_node.api.power import NODE_POWER_SERVICE, NodePowerServicer
from qvdc_node.api.session import SESSION_SERVICE, SessionServicer
from qvdc_node.api.storage_pool import STORAGE_POOL_SERVICE, StoragePoolServicer
from qvdc_node.api.tombstone import TOMBSTONE_SERVICE, TombstoneServicer
from qvdc_node.connections import tls_of, wire_of
from qvdc_node.domain.join_token import SCHEME
from qvdc_node.foundation import (
    SERVICE,
    Coordination,
    Stores,
    new_id,
    open_coordination,
    open_stores,
)
from qvdc_node.pairing import pairing_verbs
from qvdc_node.reconcile.drain import DrainReconciler
from qvdc_node.reconcile.eviction import EvictionReconciler
from qvdc_node.reconcile.expiry import ExpiryReconciler
from qvdc_node.reconcile.joining import JoiningReconciler
from qvdc_node.reconcile.member_set import MemberSetReconciler
from qvdc_node.reconcile.membership import MembershipReconciler
from qvdc_node.reconcile.pairing import PairingReconciler
from qvdc_node.reconcile.placement import PlacementReconciler
from qvdc_node.reconcile.pool_health import PoolHealthReconciler
from qvdc_node.reconcile.power import PowerReconciler
from qvdc_node.reconcile.repeating import (
    ELECTORATE_EVERY,
    OBSERVATIONS_EVERY,
    POOL_LISTS_EVERY,
    REGISTRY_EVERY,
    RETENTION_EVERY,
    Repeating,
)
from qvdc_node.security import security_loops
from qvdc_node.settings import Settings
from qvdc_node.store.authority import AuthorityRows
from qvdc_node.store.member_set import MemberSetMemory
from qvdc_node.store.pool_list import PoolListMemory
from qvdc_node.store.registry import HostRegistry
from qvdc_node.store.terms import TermsMemory
from qvdc_node.store.unit_of_work import NodeUnitOfWork
from qvdc_node.store.watch import NodeWatch
from qvdc_node.usecases.acknowledgement import Acknowledgements, FailoverUseCase
from qvdc_node.usecases.explaining import ExplainingUseCase
from qvdc_node.usecases.heartbeat import Heartbeats
from qvdc_node.usecases.host_log import HostLogsUseCase
from qvdc_node.usecases.identity import Identities, IdentityUseCase
from qvdc_node.usecases.join_token import JoinTokensUseCase
from qvdc_node.usecases.leaving import LeavingUseCase
from qvdc_node.usecases.maintenance import MaintenanceUseCase
from qvdc_node.usecases.node import NodesUseCase
from qvdc_node.usecases.observation import Observations
from qvdc_node.usecases.opening import Openings
from qvdc_node.usecases.pool import PoolsUseCase
from qvdc_node.usecases.pool_assignment import PoolAssignmentUseCase
from qvdc_node.usecases.pool_claim import PoolClaimsUseCase
from qvdc_node.usecases.pool_files import PoolFilesUseCase
from qvdc_node.usecases.pool_report import PoolReports
from qvdc_node.usecases.power import PowerUseCase
from qvdc_node.usecases.refusal import RefusalAudit
from qvdc_node.usecases.registration import Registrations
from qvdc_node.usecases.removal import RemovalUseCase
from qvdc_node.usecases.tombstone import TombstonesUseCase
from qvdc_obs.native import NativeLines
from qvdc_rpc.dial import Dialer
from qvdc_rpc.event_service import EVENT_SERVICE, EventServicer
from qvdc_rpc.operation_service import OPERATION_SERVICE, OperationServicer
from qvdc_rpc.process import Process, Wire


async def run(settings: Settings, native: NativeLines | None = None) -> None:
    """Run one copy until SIGTERM."""
    await build(settings, native=native).run()


def build(
    settings: Settings, wire: Wire | None = None, native: NativeLines | None = None
) -> Process:
    """Compose a process; connects to nothing yet. `wire` replaces the settings' in tests;
    `native` is what native libraries say, where that was taken over."""
    process = Process(SERVICE, wire or wire_of(settings))
    stores = open_stores(settings, process)
    coordination = open_coordination(settings, process)
    parts = _parts(settings, stores, coordination)
    dialer = Dialer(tls_of(settings))
    control_plane = DiscoveredControlPlane(coordination.discovery)
    confessions = MachineConfessions(dialer, coordination.discovery)
    _serve_hosts(settings, process, stores, parts, control_plane, confessions)
    _serve_people(settings, process, stores, parts)
    _serve_pools(process, stores, parts)
    _lead(process, stores, coordination, parts, dialer)
    _power(process, stores, parts, dialer)
    _pair(settings, process, stores, parts)
    leading = parts.leadership("node-revocations")
    told = (process.metrics, parts.unit_of_work, stores.clock, settings.instance)
    for name, loop in security_loops(coordination.etcd, leading, native, *told):
        process.add_loop(name, _after(stores.gate, loop))
    _repeat(process, stores, parts)
    process.on_stop(dialer.close)
    return process


@dataclass(frozen=True, slots=True)
class _Parts:
    """What both callers and loops work with."""

    unit_of_work: Callable[[], NodeUnitOfWork]
    leadership: Callable[[str], Leadership]
    sessions: EtcdSessions
    quick_sessions: EtcdSessions
    terms: TermsMemory
    presence: EtcdPresence
    registry: HostRegistry
    electorate: MemberSetMemory
    observations: Observations
    authority: NodeAuthority
    nodes: NodesUseCase
    tombstones: TombstonesUseCase
    emptying: Leadership
    pool_lists: PoolListMemory
    pool_health: Leadership


def _parts(settings: Settings, stores: Stores, coordination: Coordination) -> _Parts:
    clock, database = stores.clock, stores.database
    etcd, leases = coordination.etcd, coordination.leases

    def unit_of_work() -> NodeUnitOfWork:
        return NodeUnitOfWork(stores.store, clock)

    async def site_term() -> int:
        await current_term(database)
        return await observe_incarnation(database, await read_incarnation(etcd))

    def leadership(loop: str) -> Leadership:
        return Leadership(etcd, leases, loop, site_term=site_term, instance=settings.instance)

    sessions = EtcdSessions(etcd, leases.renewals, deadline=PATIENT_DEADLINE)
    presence = EtcdPresence(etcd, clock)
    observations = Observations(unit_of_work)
    watch = NodeWatch(Watches(stores.store))
    seal = SecretSeal(settings.sealing_key_file)
    return _Parts(
        unit_of_work=unit_of_work,
        leadership=leadership,
        sessions=sessions,
        quick_sessions=EtcdSessions(etcd, leases.renewals, deadline=BEAT_DEADLINE),
        terms=TermsMemory(database, beats_per_second=settings.beats_per_second),
        presence=presence,
        registry=HostRegistry(database),
        electorate=MemberSetMemory(database),
        observations=observations,
        authority=NodeAuthority(AuthorityRows(database), settings.sealing_key_file, clock),
        nodes=NodesUseCase(unit_of_work, watch, presence, sessions, observations, seal, clock),
        tombstones=TombstonesUseCase(unit_of_work, clock),
        emptying=leadership("node-drain"),
        pool_lists=PoolListMemory(database),
        pool_health=leadership("node-pools"),
    )


def _serve_hosts(
    settings: Settings,
    process: Process,
    stores: Stores,
    parts: _Parts,
    control_plane: DiscoveredControlPlane,
    confessions: MachineConfessions,
) -> None:
    clock, unit_of_work, sessions = stores.clock, parts.unit_of_work, parts.sessions
    audit, acknowledged = RefusalAudit(unit_of_work, clock), Acknowledgements(clock)
    identities = Identities(unit_of_work, sessions, clock)
    openings = Openings(unit_of_work, sessions, parts.terms, confessions, acknowledged)
    registrations = Registrations(
        unit_of_work, sessions, openings, parts.authority, identities, audit, clock
    )
    heartbeats = Heartbeats(
        parts.quick_sessions,
        parts.terms,
        parts.registry,
        parts.observations,
        audit,
        acknowledged,
        clock,
    )
    hosts = SessionServicer(
        registrations,
        heartbeats,
        LeavingUseCase(unit_of_work, sessions, audit, clock),
        ExplainingUseCase(unit_of_work, parts.authority, audit),
        parts.nodes,
        control_plane,
        parts.electorate,
        parts.presence,
        parts.pool_lists,
        clock,
    )
    failover = FailoverUseCase(unit_of_work, sessions, acknowledged)
    process.serve(SESSION_SERVICE, hosts)
    process.serve(FAILOVER_SERVICE, FailoverServicer(failover, settings.instance))


def _serve_people(settings: Settings, process: Process, stores: Stores, parts: _Parts) -> None:
    clock, unit_of_work, sessions = stores.clock, parts.unit_of_work, parts.sessions
    nodes, identities = parts.nodes, Identities(unit_of_work, sessions, clock)
    deciding = IdentityUseCase(unit_of_work, identities, sessions, nodes, clock)
    maintenance = MaintenanceUseCase(unit_of_work, nodes, parts.emptying.wake)
    removal = RemovalUseCase(unit_of_work, sessions, clock)
    tokens = JoinTokensUseCase(unit_of_work, clock, new_id=new_id, new_secret=_new_secret)
    process.serve(NODE_SERVICE, NodeServicer(nodes, deciding, maintenance, removal, clock))
    process.serve(TOMBSTONE_SERVICE, TombstoneServicer(parts.tombstones))
    enrolment = partial(_enrol_addresses, settings, process)
    process.serve(JOIN_TOKEN_SERVICE, JoinTokenServicer(tokens, parts.authority, enrolment))
    process.serve(OPERATION_SERVICE, OperationServicer(OperationBook(stores.store), clock))
    process.serve(EVENT_SERVICE, EventServicer(EventBook(stores.store)))


def _serve_pools(process: Process, stores: Stores, parts: _Parts) -> None:
    clock, unit_of_work, wake = stores.clock, parts.unit_of_work, parts.pool_health.wake
    watch = NodeWatch(Watches(stores.store))
    pools = PoolsUseCase(unit_of_work, watch, clock, new_id=new_id, wake=wake)
    assignment = PoolAssignmentUseCase(unit_of_work, clock, wake=wake)
    files = PoolFilesUseCase(unit_of_work, clock)
    reports = PoolReports(unit_of_work, clock, wake=wake)
    claims = PoolClaimsUseCase(unit_of_work, clock)
    servicer = StoragePoolServicer(pools, assignment, files, clock)
    process.serve(STORAGE_POOL_SERVICE, servicer)
    process.serve(POOL_SYNC_SERVICE, PoolSyncServicer(reports))
    process.serve(POOL_CLAIM_SERVICE, PoolClaimServicer(claims))


def _lead(
    process: Process, stores: Stores, coordination: Coordination, parts: _Parts, dialer: Dialer
) -> None:
    """What one copy does for all."""
    unit_of_work, leadership = parts.unit_of_work, parts.leadership
    discovery = coordination.discovery
    leading = leadership("node-expiry")
    parts.presence.on_change = leading.wake
    incarnation = EtcdIncarnation(coordination.etcd, new_id)
    expiry = ExpiryReconciler(leading, incarnation, parts.presence, unit_of_work, stores.clock)
    clusters = ClusterMembership(dialer, discovery)
    membership = MembershipReconciler(leadership("node-membership"), clusters, unit_of_work)
    joining = JoiningReconciler(leadership("node-joining"), clusters, unit_of_work, stores.clock)
    placement = PlacementReconciler(
        leadership("node-placement"), MachinePlacements(dialer, discovery), unit_of_work
    )
    drains = DrainReconciler(parts.emptying, parts.presence, unit_of_work, stores.clock)
    member_sets = MemberSetReconciler(leadership("node-members"), unit_of_work)
    evictions = EvictionReconciler(leadership("node-eviction"), unit_of_work, stores.clock)
    pools = PoolHealthReconciler(parts.pool_health, unit_of_work, stores.clock)
    for name, loop in (
        ("expiry", expiry.run),
        ("membership", membership.run),
        ("joining", joining.run),
        ("placement", placement.run),
        ("drain", drains.run),
        ("eviction", evictions.run),
        ("members", member_sets.run),
        ("pool-health", pools.run),
    ):
        process.add_loop(name, _after(stores.gate, loop))


def _power(process: Process, stores: Stores, parts: _Parts, dialer: Dialer) -> None:
    """The power of hosts: the verbs, and the loop that does them; and their logs."""
    leading = parts.leadership("node-power")
    verbs = PowerUseCase(parts.unit_of_work, stores.clock, leading.wake)
    doing = PowerReconciler(
        leading, AgentHosts(dialer), parts.presence, parts.unit_of_work, stores.clock
    )
    process.serve(NODE_POWER_SERVICE, NodePowerServicer(verbs, stores.clock))
    logs = HostLogsUseCase(parts.unit_of_work, parts.presence, AgentHosts(dialer))
    process.serve(NODE_LOG_SERVICE, NodeLogServicer(logs, stores.clock))
    process.add_loop("power", _after(stores.gate, doing.run))


def _pair(settings: Settings, process: Process, stores: Stores, parts: _Parts) -> None:
    """Hosts that are joined from the console: the verbs, and the loop that sees them come."""
    verbs = pairing_verbs(
        process,
        parts.unit_of_work,
        parts.authority,
        stores.clock,
        advertise_host=settings.advertise_host,
        new_id=new_id,
        new_secret=_new_secret,
    )
    seeing = PairingReconciler(parts.leadership("node-pairing"), parts.unit_of_work, stores.clock)
    process.serve(NODE_JOIN_SERVICE, NodeJoinServicer(verbs, stores.clock))
    process.add_loop("pairing", _after(stores.gate, seeing.run))


def _repeat(process: Process, stores: Stores, parts: _Parts) -> None:
    """What every copy does for itself."""
    process.add_loop("presence", parts.presence.run)
    for name, action, every in (
        ("tombstones", parts.tombstones.throw_old_away, RETENTION_EVERY),
        ("electorate", parts.electorate.refresh, ELECTORATE_EVERY),
        ("pool lists", parts.pool_lists.refresh, POOL_LISTS_EVERY),
        ("terms", parts.terms.refresh, ELECTORATE_EVERY),
        ("observations", parts.observations.flush, OBSERVATIONS_EVERY),
        ("registry", parts.registry.refresh, REGISTRY_EVERY),
        ("retention", lambda: throw_old_away(stores.store), RETENTION_EVERY),
    ):
        process.add_loop(name, _after(stores.gate, Repeating(name, action, every=every).run))


def _enrol_addresses(settings: Settings, process: Process) -> tuple[str, ...]:
    return settings.told_enrol_addresses(process.enrol_port)


def _after(gate: StoreGate, loop: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        await gate.opened()
        await loop()

    return run


def _new_secret() -> str:
    return SCHEME + secrets.token_urlsafe(32)
