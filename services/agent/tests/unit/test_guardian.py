"""Who a host is, which start this is, how long it waits, and what it says of a silent agent."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qvdc_agent.domain.places import Places
from qvdc_agent.domain.session import Endpoint, Phase, SessionState
from qvdc_agent.guardian.adapters.certificates import Validity
from qvdc_agent.guardian.adapters.node_service import first_answer
from qvdc_agent.guardian.backoff import FIRST, LAST, Backoff
from qvdc_agent.guardian.domain.terms import LadderTerms, terms_ending
from qvdc_agent.guardian.errors import Refused, Unanswered
from qvdc_agent.guardian.identity import establish, next_instance
from qvdc_agent.guardian.joining import Joining, read_joining, write_joining
from qvdc_agent.guardian.reports import SILENT_AFTER, Reports
from qvdc_agent.guardian.session import Session, Terms

QUICK = LadderTerms(refuse_work=3, pause=5, kill=7, end=10, version=5)

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(state=tmp_path / "state", run=tmp_path / "run")


@pytest.fixture
def boot_id(tmp_path: Path) -> Path:
    path = tmp_path / "boot_id"
    path.write_text("boot-1\n")
    return path


def test_a_host_is_the_same_for_life(places: Places, boot_id: Path) -> None:
    first = establish(places, macs=("a",), boot_id_file=boot_id)
    boot_id.write_text("boot-2\n")
    after_reboot = establish(places, macs=("a",), boot_id_file=boot_id)

    assert first.machine_uuid == after_reboot.machine_uuid
    assert first.fingerprint == after_reboot.fingerprint
    assert after_reboot.boot_id == "boot-2"


def test_starts_are_counted_within_a_boot(places: Places, boot_id: Path) -> None:
    counted = [establish(places, macs=(), boot_id_file=boot_id).instance for _ in range(3)]
    boot_id.write_text("boot-2\n")

    assert counted == [1, 2, 3]
    assert establish(places, macs=(), boot_id_file=boot_id).instance == 1


def test_starts_at_the_same_moment_get_different_numbers(places: Places) -> None:
    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(lambda _: next_instance(places.instance, "boot"), range(24)))

    assert sorted(numbers) == list(range(1, 25))


def test_a_half_written_counter_begins_anew(places: Places) -> None:
    places.run.mkdir(parents=True)
    places.instance.write_text("{")

    assert next_instance(places.instance, "boot") == 1


def test_other_cards_make_another_fingerprint(places: Places, boot_id: Path) -> None:
    one = establish(places, macs=("a", "b"), boot_id_file=boot_id)
    same = establish(places, macs=("b", "a"), boot_id_file=boot_id)
    other = establish(places, macs=("a", "c"), boot_id_file=boot_id)

    assert one.fingerprint == same.fingerprint != other.fingerprint


@given(st.integers(1, 40), st.floats(0, 1), st.integers(0, 600))
def test_pauses_stay_within_their_bounds(refusals: int, chance: float, asked: int) -> None:
    backoff = Backoff(lambda: chance)
    pauses = [backoff.next(timedelta(seconds=asked)) for _ in range(refusals)]

    least = timedelta(seconds=asked)
    assert all(least <= pause <= least + LAST for pause in pauses)
    assert pauses[0] <= least + FIRST


def test_pauses_double_to_a_minute_and_start_over() -> None:
    backoff = Backoff(lambda: 1.0)

    assert [backoff.next().total_seconds() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    backoff.reset()
    assert backoff.next() == FIRST


def test_a_session_goes_on_with_the_next_instance(places: Places, boot_id: Path) -> None:
    first = Session(places, establish(places, macs=(), boot_id_file=boot_id))
    first.acknowledged(12.5, Terms(interval=timedelta(seconds=4)), 7)
    first.heard_of((Endpoint("node", "10.0.0.1:7002", ""),))

    second = Session(places, establish(places, macs=(), boot_id_file=boot_id)).state

    assert (second.session_epoch, second.acknowledged_at, second.instance) == (7, 12.5, 2)
    assert second.interval_seconds == 4


def test_after_a_reboot_only_the_addresses_are_known(places: Places, boot_id: Path) -> None:
    first = Session(places, establish(places, macs=(), boot_id_file=boot_id))
    first.acknowledged(12.5, Terms(), 7)
    first.heard_of((Endpoint("node", "10.0.0.1:7002", ""),))
    boot_id.write_text("boot-2\n")
    places.session.unlink()

    second = Session(places, establish(places, macs=(), boot_id_file=boot_id)).state

    assert (second.session_epoch, second.acknowledged_at) == (0, None)
    assert second.meshes("node") == ("10.0.0.1:7002",)


def test_the_interval_is_obeyed_within_bounds(places: Places, boot_id: Path) -> None:
    session = Session(places, establish(places, macs=(), boot_id_file=boot_id))

    session.acknowledged(1, Terms(interval=timedelta(seconds=600)), 1)
    assert session.state.interval_seconds == 60
    session.acknowledged(1, Terms(interval=timedelta(milliseconds=1)), 1)
    assert session.state.interval_seconds == 1


def test_terms_that_come_late_do_not_bring_back_a_longer_ladder(
    places: Places, boot_id: Path
) -> None:
    session = Session(places, establish(places, macs=(), boot_id_file=boot_id))
    minute = timedelta(seconds=60)
    session.acknowledged(1.0, Terms(interval=minute / 3, ladder=terms_ending(64, version=4)), 1)
    session.acknowledged(2.0, Terms(interval=timedelta(seconds=2), ladder=QUICK), 1)
    session.acknowledged(1.5, Terms(interval=minute / 3, ladder=terms_ending(64, version=4)), 1)

    assert session.ladder_terms == QUICK
    assert session.state.interval_seconds == 2
    again = establish(places, macs=(), boot_id_file=boot_id)
    assert Session(places, again).ladder_terms == QUICK


def test_new_work_stops_six_seconds_after_the_last_acknowledged_beat() -> None:
    state = SessionState("u", "b", 1, phase=Phase.LIVE, acknowledged_at=100.0)

    assert state.live_at(105.9)
    assert not state.live_at(106.0)


@given(st.builds(SessionState, st.text(), st.text(), st.integers(), st.sampled_from(Phase)))
def test_the_state_comes_back_from_its_file(state: SessionState) -> None:
    newer = json.dumps({**json.loads(state.to_text()), "unknown": 1})

    assert SessionState.from_text(newer) == state


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"phase": "live"}'])
def test_a_state_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        SessionState.from_text(text)


def test_a_silent_agent_is_told_and_its_words_are_doubted() -> None:
    reports = Reports(started=0.0, now=NOW)
    reports.take({"conditions": [{"type": "HypervisorReady", "status": "STATUS_TRUE"}]}, at=1.0)

    heard = reports.conditions(2.0, NOW)
    silent = reports.conditions(2.0 + SILENT_AFTER.total_seconds(), NOW)

    assert [each["status"] for each in heard] == ["STATUS_TRUE", "STATUS_FALSE"]
    assert [each["status"] for each in silent] == ["STATUS_UNKNOWN", "STATUS_TRUE"]


def test_nd_4_before_the_first_report_nobody_knows_whether_the_hypervisor_works() -> None:
    unheard = Reports(started=0.0, now=NOW).conditions(1.0, NOW)

    told = {each["type"]: each["status"] for each in unheard}
    assert told == {"HypervisorReady": "STATUS_UNKNOWN", "AgentSilent": "STATUS_FALSE"}


def test_only_lasting_changes_are_registered_anew() -> None:
    def told(free: int, mhz: int, model: str) -> str:
        reports = Reports(started=0.0, now=NOW)
        inventory = {"cpu": {"model": model, "frequency_mhz": mhz}, "pools": [{"free_bytes": free}]}
        reports.take({"inventory": inventory}, at=0.0)
        return reports.lasting()

    assert told(1, 1000, "a") == told(2, 2000, "a")
    assert told(1, 1000, "a") != told(1, 1000, "b")


def test_a_certificate_is_renewed_at_two_thirds() -> None:
    assert Validity(NOW, NOW + timedelta(days=30)).renewal_time == NOW + timedelta(days=20)


def test_what_was_asked_comes_back_without_being_readable_by_others(places: Places) -> None:
    asked = Joining(("10.0.0.1:7200",), token="secret", ca_hash="a" * 64, node_id="h1")
    write_joining(places.join, asked)

    assert read_joining(places.join) == asked
    assert places.join.stat().st_mode & 0o077 == 0
    assert "secret" not in repr(asked)


async def answering(result: str | Exception, after: asyncio.Event | None = None) -> str:
    if after is not None:
        await after.wait()
    if isinstance(result, Exception):
        raise result
    return result


async def test_the_first_acknowledgement_counts_whoever_else_is_silent() -> None:
    never = asyncio.Event()

    assert await first_answer([answering("no", never), answering("yes")]) == "yes"


async def test_an_acknowledgement_outweighs_a_refusal() -> None:
    refused = answering(Refused("NODE_UNKNOWN", ""))

    assert await first_answer([refused, answering("yes")]) == "yes"


async def test_a_refusal_outweighs_silence() -> None:
    with pytest.raises(Refused, match="NODE_UNKNOWN"):
        await first_answer([answering(Refused("NODE_UNKNOWN", "")), answering(Unanswered("away"))])


async def test_without_any_address_nobody_answers() -> None:
    with pytest.raises(Unanswered):
        await first_answer([])
