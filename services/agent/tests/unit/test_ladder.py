"""The ladder: value by value, and as properties under an adversary's timing."""

from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from qvdc_agent.domain.guarded import Guarded
from qvdc_agent.domain.machine import MachineUid, Response
from qvdc_agent.guardian.domain.ladder import Action, Ask, Kill, Ladder, Pause, Resume
from qvdc_agent.guardian.domain.terms import LadderTerms, terms_ending

WATCHDOG_SECONDS = 5.0
STEP_SECONDS = 0.5


def a_machine(uid: str = "a", response: Response = Response.POWER_OFF, **more: float) -> Guarded:
    return Guarded(MachineUid(uid), 1, response, pid=100, start_ticks=1, **more)


def standing(*machines: Guarded, s: float = 100.0) -> Ladder:
    ladder = Ladder(acknowledged_at=s)
    for each in machines:
        ladder = ladder.watching(each)
    return ladder


def taken(ladder: Ladder, now: float) -> tuple[Ladder, tuple[Action, ...]]:
    actions = ladder.due(now)
    for action in actions:
        ladder = ladder.done(action, now)
    return ladder, actions


def test_nothing_is_due_while_beats_are_acknowledged() -> None:
    assert standing(a_machine()).due(107.9) == ()


def test_new_work_is_refused_from_the_first_rung_on() -> None:
    ladder = standing()

    assert ladder.takes_work(105.9)
    assert not ladder.takes_work(106.0)
    assert not ladder.voted(110.0).takes_work(110.1)
    assert not Ladder().takes_work(0.0)


def test_a_machine_is_paused_then_killed_until_it_is_seen_dead() -> None:
    ladder, first = taken(standing(a_machine()), 108.0)
    ladder, second = taken(ladder, 109.0)
    ladder, third = taken(ladder, 110.0)

    assert (first, second, third) == ((Pause(MachineUid("a")),), (), (Kill(MachineUid("a")),))
    assert ladder.due(111.0) == (Kill(MachineUid("a")),)
    assert ladder.without(MachineUid("a")).due(111.0) == ()


def test_an_acknowledgement_resumes_what_is_paused() -> None:
    ladder, _ = taken(standing(a_machine()), 108.5)

    assert ladder.acknowledged(106.0).due(109.0) == (Resume(MachineUid("a")),)
    assert ladder.voted(106.0).due(109.0) == (Resume(MachineUid("a")),)
    assert ladder.acknowledged(99.0).due(109.0) == ()


def test_a_guest_with_grace_is_asked_and_killed_at_its_end() -> None:
    ladder = standing(a_machine(response=Response.SHUTDOWN, grace_seconds=20.0))
    assert ladder.due(109.9) == ()
    ladder, asked = taken(ladder, 110.0)

    assert asked == (Ask(MachineUid("a")),)
    assert ladder.due(129.9) == ()
    assert ladder.due(130.0) == (Kill(MachineUid("a")),)
    assert ladder.fed_until(WATCHDOG_SECONDS) == 133.0 - WATCHDOG_SECONDS


def test_a_machine_that_is_left_is_never_touched_nor_keeps_the_watchdog_hungry() -> None:
    ladder = standing(a_machine(response=Response.LEAVE))

    assert ladder.due(10_000.0) == ()
    assert ladder.fed_until(WATCHDOG_SECONDS) == float("inf")
    assert not ladder.needs_watchdog


def test_one_that_must_die_first_keeps_another_from_being_fed_through_its_grace() -> None:
    slow = a_machine("b", Response.SHUTDOWN, grace_seconds=60.0)
    ladder = standing(a_machine("a"), slow)

    assert ladder.fed_until(WATCHDOG_SECONDS) == 108.0
    assert ladder.without(MachineUid("a")).fed_until(WATCHDOG_SECONDS) == 168.0


def test_what_survives_a_kill_is_stuck() -> None:
    ladder, _ = taken(standing(a_machine()), 110.0)

    assert ladder.stuck(110.9) == ()
    assert ladder.stuck(111.0) == (MachineUid("a"),)


def test_a_new_guardian_lets_go_on_what_an_older_one_paused() -> None:
    ladder = Ladder(acknowledged_at=100.0).watching(a_machine(), perhaps_paused=True)

    assert ladder.due(101.0) == (Resume(MachineUid("a")),)
    assert Ladder().watching(a_machine(), perhaps_paused=True).due(1.0) == (Kill(MachineUid("a")),)


def test_a_new_start_of_a_machine_is_watched_anew() -> None:
    ladder, _ = taken(standing(a_machine()), 108.0)
    again = replace(a_machine(), pid=101, run_epoch=2)

    assert ladder.watching(again).due(108.1) == (Pause(MachineUid("a")),)
    assert ladder.watching(a_machine()).due(108.1) == ()


def test_terms_that_make_no_sense_are_refused() -> None:
    assert terms_ending(13.0) == LadderTerms()
    assert terms_ending(26.0) == LadderTerms(19.0, 21.0, 23.0, 26.0)
    assert terms_ending(6.0) is None
    assert terms_ending(13.0, kill=12.5) is None


@dataclass
class World:
    """A host whose guardian may stand still, with a watchdog that does not."""

    ladder: Ladder
    now: float = 0.0
    fed_at: float = 0.0
    dead: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    reset: bool = False

    def step(self, *, guardian_runs: bool) -> None:
        self.now += STEP_SECONDS
        if self.now > self.fed_at + WATCHDOG_SECONDS and self.ladder.needs_watchdog:
            self.reset = True
            self.dead |= set(self.ladder.watched)
        if not guardian_runs or self.reset:
            return
        self.ladder, actions = taken(self.ladder, self.now)
        for action in actions:
            self.touched.add(action.uid)
            if isinstance(action, Kill):
                self.dead.add(action.uid)
        for uid in self.dead:
            self.ladder = self.ladder.without(MachineUid(uid))
        if self.now <= self.ladder.fed_until(WATCHDOG_SECONDS):
            self.fed_at = self.now


moves = st.lists(
    st.tuples(
        st.booleans(),
        st.sampled_from(["nothing", "nothing", "nothing", "acknowledged", "voted"]),
        st.floats(0.0, 4.0),
    ),
    max_size=200,
)


@given(moves=moves)
def test_no_machine_outlives_its_ladder(moves: list[tuple[bool, str, float]]) -> None:
    """Whatever the guardian's pauses, and however late its news: dead by base + L."""
    machines = {
        "off": a_machine("off"),
        "left": a_machine("left", Response.LEAVE),
        "slow": a_machine("slow", Response.SHUTDOWN, grace_seconds=10.0),
    }
    world = World(standing(*machines.values(), s=0.0))
    for guardian_runs, news, late in moves:
        world.step(guardian_runs=guardian_runs)
        if guardian_runs and not world.reset and news == "acknowledged":
            world.ladder = world.ladder.acknowledged(world.now - late)
        if guardian_runs and not world.reset and news == "voted":
            world.ladder = world.ladder.voted(world.now - late)
        base, end = world.ladder.base, world.ladder.terms.end
        if world.now > base + end + STEP_SECONDS:
            assert "off" in world.dead
        if world.now > base + end + 10.0 + STEP_SECONDS:
            assert "slow" in world.dead
        assert "left" not in world.touched
        assert "left" not in world.dead or world.reset


@given(moves=moves)
def test_the_watchdog_is_not_fed_late_while_one_lives(
    moves: list[tuple[bool, str, float]],
) -> None:
    world = World(standing(a_machine("off"), s=0.0))
    for guardian_runs, news, late in moves:
        world.step(guardian_runs=guardian_runs)
        if "off" not in world.dead:
            assert world.fed_at <= world.ladder.base + world.ladder.terms.end - WATCHDOG_SECONDS
        if guardian_runs and not world.reset and news != "nothing":
            world.ladder = world.ladder.acknowledged(world.now - late)


@given(silence=st.floats(0.0, 7.9), rounds=st.integers(1, 20))
def test_a_host_that_is_vouched_for_in_time_is_left_alone(silence: float, rounds: int) -> None:
    ladder = standing(a_machine(), s=0.0)
    now = 0.0
    for _ in range(rounds):
        now += silence
        assert ladder.due(now) == ()
        ladder = ladder.acknowledged(now)
