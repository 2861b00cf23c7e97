"""The planner: from anything seen to anything wanted, in few steps, and then nothing."""

from dataclasses import replace
from typing import assert_never

from hypothesis import given
from hypothesis import strategies as st

from qvdc_agent.domain.machine import (
    DEFAULT_POOL,
    BaseImage,
    BasePlace,
    BootId,
    Digest,
    Disk,
    ImageFormat,
    MachineUid,
    Power,
    Seed,
    WantedMachine,
)
from qvdc_agent.domain.plan import (
    AskShutdown,
    Define,
    Destroy,
    GoOn,
    MakeDisk,
    Plan,
    PullBase,
    Relabel,
    RemoveFiles,
    Start,
    Step,
    Undefine,
    Waiting,
    WriteSeed,
    plan_machine,
    remember,
)
from qvdc_agent.domain.seen import (
    NO_SPACE,
    BaseState,
    BaseView,
    Circumstances,
    DomainPower,
    DomainView,
    FilesView,
    Remembered,
    Seen,
    Unseen,
)

UID = MachineUid("11111111-1111-4111-8111-111111111111")
BOOT, EARLIER_BOOT = BootId("now"), BootId("earlier")
HERE = Circumstances(BOOT)
BASE = BaseImage(Digest("a" * 64), ImageFormat.QCOW2, 10)
BASE_PLACE = BasePlace(DEFAULT_POOL, BASE.digest)
MEDIUM = BaseImage(Digest("b" * 64), ImageFormat.ISO, 10)
SEED = Seed(user_data="#cloud-config")
ROOT = Disk("root", 2**30, base=BASE)
CD = Disk("cd", 2**30, base=MEDIUM)
MOST_STEPS = 12


def a_wanted(**changes: object) -> WantedMachine:
    plain = WantedMachine(UID, "web-1", generation=3, run_epoch=2, power=Power.ON)
    return replace(plain, **changes)  # type: ignore[arg-type]  # a builder takes any field


def a_domain(power: DomainPower = DomainPower.RUNNING, **changes: object) -> DomainView:
    plain = DomainView(UID, power, generation=3, run_epoch=2)
    return replace(plain, **changes)  # type: ignore[arg-type]  # a builder takes any field


def effect(seen: Seen, step: Step) -> Seen:
    """What a step does to the world, when all goes well."""
    match step:
        case PullBase(base, pool):
            ready = BaseView(base.digest, BaseState.READY)
            return replace(seen, bases={**seen.bases, BasePlace(pool, base.digest): ready})
        case MakeDisk(disk):
            files = replace(seen.files, disks=seen.files.disks | {disk.disk_id}, anything=True)
            return replace(seen, files=files)
        case WriteSeed(seed):
            return replace(seen, files=replace(seen.files, seed=seed.fingerprint, anything=True))
        case RemoveFiles():
            return replace(seen, files=FilesView())
        case Define(machine):
            fresh = DomainView(UID, DomainPower.STOPPED, machine.generation, machine.run_epoch)
            known = seen.domain
            kept = None if known is None else replace(known, generation=machine.generation)
            return replace(seen, domain=kept or fresh)
        case Undefine():
            return replace(seen, domain=None)
        case GoOn() | Start() | Relabel():
            assert seen.domain is not None
            run_epoch = seen.domain.run_epoch if isinstance(step, GoOn) else step.run_epoch
            running = replace(seen.domain, power=DomainPower.RUNNING, run_epoch=run_epoch)
            return replace(seen, domain=running)
        case AskShutdown():
            assert seen.domain is not None
            return replace(
                seen, domain=replace(seen.domain, power=DomainPower.STOPPED, cause="shutdown")
            )
        case Destroy():
            assert seen.domain is not None
            return replace(
                seen, domain=replace(seen.domain, power=DomainPower.STOPPED, cause="destroyed")
            )
        case _:
            assert_never(step)


def drive(
    wanted: WantedMachine, seen: Seen, remembered: Remembered
) -> tuple[Seen, Plan, list[Step]]:
    """Plan and take the first step, over and over, as the reconciler does."""
    taken: list[Step] = []
    while True:
        remembered = remember(remembered, seen.domain, HERE)
        plan = plan_machine(wanted, seen, remembered, HERE)
        if not plan.steps or len(taken) > MOST_STEPS:
            return seen, plan, taken
        step = plan.steps[0]
        seen = effect(seen, step)
        if isinstance(step, Start):
            remembered = Remembered(step.run_epoch, BOOT)
        taken.append(step)


wanted_machines = st.builds(
    a_wanted,
    absent=st.booleans(),
    power=st.sampled_from(Power),
    disks=st.sampled_from(
        [(), (ROOT,), (ROOT, Disk("cd", 2**30, base=MEDIUM)), (Disk("d", 2**30),)]
    ),
    seed=st.sampled_from([None, SEED]),
    protected=st.booleans(),
)
domains = st.none() | st.builds(
    a_domain,
    power=st.sampled_from(DomainPower),
    generation=st.integers(0, 3),
    run_epoch=st.integers(0, 2),
    cause=st.sampled_from(["", "shutdown", "crashed"]),
)
base_views = st.sampled_from([BaseState.MISSING, BaseState.READY]).map(
    lambda state: {BASE_PLACE: BaseView(BASE.digest, state)}
)
files_views = st.builds(
    lambda disks, seed: FilesView(disks, seed, anything=bool(disks) or seed is not None),
    st.frozensets(st.sampled_from(["root", "d"])),
    st.sampled_from([None, "other", SEED.fingerprint]),
)
seens = st.builds(Seen, domain=domains, files=files_views, bases=base_views)
memories = st.builds(
    Remembered,
    started_epoch=st.none() | st.integers(0, 2),
    started_boot=st.sampled_from([None, BOOT, EARLIER_BOOT]),
    ended=st.sampled_from([None, "shutdown"]),
)


@given(wanted_machines, seens, memories)
def test_anything_seen_comes_to_anything_wanted(
    wanted: WantedMachine, seen: Seen, remembered: Remembered
) -> None:
    after, plan, taken = drive(wanted, seen, remembered)

    assert len(taken) <= MOST_STEPS
    assert plan.settled
    if wanted.absent:
        assert after.domain is None
        assert not after.files.anything
        return
    assert after.domain is not None
    assert after.domain.generation == wanted.generation
    assert {disk.disk_id for disk in wanted.disks if not disk.is_medium} <= after.files.disks
    if wanted.power is not Power.ON:
        assert not after.domain.power.active


@given(wanted_machines, seens, memories)
def test_what_is_settled_stays_settled(
    wanted: WantedMachine, seen: Seen, remembered: Remembered
) -> None:
    after, _, _ = drive(wanted, seen, remembered)
    learnt = remember(remembered, after.domain, HERE)
    if wanted.power is Power.ON and after.domain is not None and after.domain.power.active:
        assert plan_machine(wanted, after, learnt, HERE).steps == ()


@given(wanted_machines, seens, memories)
def test_a_disk_that_exists_is_never_made(
    wanted: WantedMachine, seen: Seen, remembered: Remembered
) -> None:
    plan = plan_machine(wanted, seen, remembered, HERE)

    made = {step.disk.disk_id for step in plan.steps if isinstance(step, MakeDisk)}
    assert not made & seen.files.disks


@given(wanted_machines, seens, memories)
def test_a_guest_is_started_at_most_once_and_never_after_being_stopped(
    wanted: WantedMachine, seen: Seen, remembered: Remembered
) -> None:
    _, _, taken = drive(wanted, seen, remembered)

    starts = [step for step in taken if isinstance(step, Start)]
    assert len(starts) <= (1 if wanted.power is Power.ON and not wanted.absent else 0)


def test_a_guest_that_ended_by_itself_is_not_started_again() -> None:
    wanted = a_wanted()
    stopped = Seen(domain=a_domain(DomainPower.STOPPED, cause="shutdown"))
    remembered = remember(Remembered(2, BOOT), stopped.domain, HERE)

    assert remembered.ended == "shutdown"
    assert plan_machine(wanted, stopped, remembered, HERE).settled
    again = replace(wanted, run_epoch=3, generation=3)
    assert plan_machine(again, stopped, remembered, HERE).steps == (Start(3),)


def test_a_machine_that_went_down_with_the_host_is_started_again() -> None:
    stopped = Seen(domain=a_domain(DomainPower.STOPPED))
    before = Remembered(2, EARLIER_BOOT)
    remembered = remember(before, stopped.domain, HERE)

    assert remembered == before
    assert plan_machine(a_wanted(), stopped, remembered, HERE).steps == (Start(2),)


def test_a_protected_machine_waits_for_the_control_plane() -> None:
    stopped = Seen(domain=a_domain(DomainPower.STOPPED))
    alone = replace(HERE, cleared=False)

    plan = plan_machine(a_wanted(protected=True), stopped, Remembered(1, EARLIER_BOOT), alone)

    assert plan.steps == ()
    assert plan.waiting is not None
    assert plan.waiting.reason == "SESSION_MISSING"


def test_ag_1_after_a_boot_a_protected_machine_starts_under_a_new_epoch_alone() -> None:
    stopped = Seen(domain=a_domain(DomainPower.STOPPED))
    lost, wanted = Remembered(2, EARLIER_BOOT), a_wanted(protected=True)

    assert plan_machine(wanted, stopped, lost, HERE).settled
    assert plan_machine(a_wanted(), stopped, lost, HERE).steps == (Start(2),)
    higher = replace(wanted, run_epoch=3, generation=4)
    assert plan_machine(higher, stopped, lost, HERE).steps[-1] == Start(3)


def test_a_running_guest_takes_over_a_newer_epoch() -> None:
    running = Seen(domain=a_domain(run_epoch=1))

    assert plan_machine(a_wanted(), running, Remembered(1, BOOT), HERE).steps == (Relabel(2),)


def test_a_guest_that_was_asked_is_left_in_peace_and_never_destroyed() -> None:
    running = Seen(domain=a_domain())
    wanted = a_wanted(power=Power.SHUTDOWN)

    asked = plan_machine(wanted, running, Remembered(2, BOOT), replace(HERE, shutdown_asked=True))

    assert plan_machine(wanted, running, Remembered(2, BOOT), HERE).steps == (AskShutdown(),)
    assert asked.steps == ()
    assert not asked.settled


def test_switching_off_does_not_wait_for_an_image() -> None:
    wanted = a_wanted(power=Power.OFF, disks=(ROOT,))
    pulling = Seen(domain=a_domain(), bases={BASE_PLACE: BaseView(BASE.digest, BaseState.PULLING)})

    assert plan_machine(wanted, pulling, Remembered(2, BOOT), HERE).steps == (Destroy(),)


def test_a_failed_pull_is_told_and_not_hammered() -> None:
    failed = BaseView(BASE.digest, BaseState.FAILED, reason="DIGEST_MISMATCH", message="no")

    plan = plan_machine(
        a_wanted(disks=(ROOT,)), Seen(bases={BASE_PLACE: failed}), Remembered(), HERE
    )

    assert plan.steps == ()
    assert plan.waiting is not None
    assert plan.waiting.reason == "DIGEST_MISMATCH"


def test_a_start_that_was_cut_off_before_the_hand_over_is_taken_up_again() -> None:
    paused = Seen(domain=DomainView(UID, DomainPower.PAUSED, 3, 2))
    wanted = a_wanted(protected=True)

    assert remember(Remembered(), paused.domain, HERE) == Remembered()
    assert plan_machine(wanted, paused, Remembered(), HERE).steps == (Start(2),)
    assert plan_machine(wanted, paused, Remembered(2, BOOT), HERE).steps == ()
    assert plan_machine(a_wanted(), paused, Remembered(), HERE).steps == ()


POOL = "22222222-2222-4222-8222-222222222222"
POOLED = Disk("root", 2**30, pool=POOL, base=BASE)
MISSING = Unseen(
    "MARKER_MISSING", "storage-pools/fast: /srv/fast carries no marker: is it mounted?"
)


def test_an_image_is_pulled_into_the_pool_of_the_disk() -> None:
    here = Seen(bases={BASE_PLACE: BaseView(BASE.digest, BaseState.READY)})

    plan = plan_machine(a_wanted(disks=(POOLED,)), here, Remembered(), HERE)

    assert plan.steps == (PullBase(BASE, POOL),), "another pool's copy does not do"


def test_nothing_is_made_while_a_pool_cannot_be_seen() -> None:
    """ST-2: a disk that cannot be seen is not a disk that is missing."""
    unseen = Seen(files=FilesView(anything=True, unseen=MISSING))

    plan = plan_machine(a_wanted(disks=(POOLED,)), unseen, Remembered(), HERE)

    assert plan.steps == ()
    assert plan.waiting == Waiting("disks", "MARKER_MISSING", MISSING.message, final=True)


def test_a_machine_that_runs_goes_on_without_its_pool_and_says_so() -> None:
    files = FilesView(anything=True, unseen=MISSING)
    running = Seen(domain=a_domain(run_epoch=1), files=files)

    plan = plan_machine(a_wanted(disks=(POOLED,)), running, Remembered(1, BOOT), HERE)
    off = plan_machine(
        a_wanted(disks=(POOLED,), power=Power.OFF), running, Remembered(1, BOOT), HERE
    )

    assert plan.steps == (Relabel(2),)
    assert plan.waiting is not None
    assert plan.waiting.reason == "MARKER_MISSING"
    assert off.steps == (Destroy(),)


def test_files_that_cannot_be_seen_are_not_gone() -> None:
    unseen = Seen(files=FilesView(anything=True, unseen=MISSING))

    plan = plan_machine(a_wanted(absent=True, disks=(POOLED,)), unseen, Remembered(), HERE)

    assert plan.steps == ()
    assert not plan.settled
    assert plan.waiting == Waiting("removing", "MARKER_MISSING", MISSING.message, final=True)


def test_a_guest_that_a_full_pool_halted_goes_on_when_there_is_room() -> None:
    """ST-4."""
    halted = a_domain(DomainPower.PAUSED, cause=NO_SPACE)
    wanted = a_wanted(disks=(POOLED,))

    def plan_with(free_bytes: int, *, resumed_lately: bool = False) -> Plan:
        files = FilesView(frozenset({"root"}), anything=True, free_bytes=free_bytes)
        now = replace(HERE, resumed_lately=resumed_lately)
        return plan_machine(wanted, Seen(domain=halted, files=files), Remembered(2, BOOT), now)

    full = plan_with(10)
    assert full.steps == ()
    assert full.waiting is not None
    assert full.waiting.reason == "POOL_FULL"
    assert "10 bytes" in full.waiting.message
    assert plan_with(2**30).steps == (GoOn(),)
    assert plan_with(2**30, resumed_lately=True).steps == ()


def test_a_guest_halted_for_another_reason_stays_halted() -> None:
    halted = a_domain(DomainPower.PAUSED, cause="I/O error")
    files = FilesView(anything=True, free_bytes=2**30)

    plan = plan_machine(a_wanted(), Seen(domain=halted, files=files), Remembered(2, BOOT), HERE)

    assert plan.steps == ()


def test_a_machine_started_on_the_host_after_its_end_says_so_until_it_ends_again() -> None:
    running = a_domain(DomainPower.RUNNING)
    ended = Remembered(2, BOOT, ended="shutdown")

    by_hand = remember(ended, running, HERE)
    still = remember(by_hand, running, HERE)
    anew = remember(by_hand, a_domain(run_epoch=3), HERE)

    assert (by_hand.by_hand, still.by_hand, anew.by_hand) == (True, True, False)
    assert not remember(by_hand, a_domain(DomainPower.STOPPED), HERE).by_hand
