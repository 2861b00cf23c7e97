from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qvdc_console.domain.api_key import ApiKey, PlainKey, is_within, new_key
from qvdc_console.domain.joined import (
    Cursor,
    ServicePage,
    from_resume_token,
    from_token,
    join,
    to_resume_token,
    to_token,
)
from qvdc_console.domain.refusals import AccessTokenInvalid, KeyInvalid, KeyMissing, SessionEnded
from qvdc_console.domain.session import Session, SessionSecret
from qvdc_console.ports import KeyFile, KnownKey, KnownSession
from qvdc_console.usecases.authentication import Authentication
from qvdc_console.usecases.bootstrap import Bootstrap
from qvdc_core.clock import ManualClock
from qvdc_core.errors import InvalidField

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class FakeKeys:
    """Keys in memory."""

    def __init__(self) -> None:
        self.by_id: dict[str, ApiKey] = {}
        self.sessions: dict[str, KnownSession] = {}
        self.looked_up = 0

    async def find_key(self, key_id: str) -> KnownKey | None:
        self.looked_up += 1
        key = self.by_id.get(key_id)
        return KnownKey(key, False, "", frozenset(), None) if key else None

    async def find_session(self, session_id: str) -> KnownSession | None:
        return self.sessions.get(session_id)

    async def used_session(self, session_id: str, *, now: datetime) -> None:
        known = self.sessions[session_id]
        used = replace(known.session, last_use_time=now)
        self.sessions[session_id] = replace(known, session=used)

    async def used_key(self, key_id: str, *, address: str, now: datetime) -> None:
        self.by_id[key_id] = replace(
            self.by_id[key_id], last_use_time=now, last_use_address=address
        )

    async def add_first(self, key: ApiKey, handed_out: KeyFile, plain: PlainKey) -> bool:
        if any(each.name == key.name for each in self.by_id.values()):
            return False
        handed_out.write(plain.text)
        self.by_id[key.key_id] = key
        return True


class FakeTokens:
    """Tokens that are three times their reference."""

    def sign(self, reference: str, *, until: datetime) -> str:
        return f"{reference}.{until.isoformat()}.x"

    def read(self, token: str) -> str | None:
        return token.partition(".")[0] or None


class FakeFile:
    """A file in memory."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def write(self, text: str) -> None:
        self.texts.append(text)


@pytest.fixture
async def door() -> tuple[Authentication, FakeKeys, str, ManualClock]:
    keys, file, clock = FakeKeys(), FakeFile(), ManualClock()
    await Bootstrap(keys, file, random=lambda size: bytes(range(size)), clock=clock).ensure()
    authentication = Authentication(keys, FakeTokens(), local_networks=LOOPBACK, clock=clock)
    return authentication, keys, file.texts[0], clock


Door = tuple[Authentication, FakeKeys, str, ManualClock]


async def test_the_bootstrap_key_opens_from_loopback(door: Door) -> None:
    authentication, _, key, _ = door

    for headers in ({"authorization": f"Bearer {key}"}, {"x-api-key": key}):
        visitor = await authentication.visitor(headers, "127.0.0.1", with_cookie=True)
        assert visitor.subject == "apikey:bootstrap"
        assert visitor.permissions == {"*"}


async def test_it_does_not_open_from_elsewhere(door: Door) -> None:
    authentication, _, key, _ = door

    for address in ("10.0.0.1", "", "unix", "::ffff:10.0.0.1"):
        with pytest.raises(KeyInvalid):
            await authentication.visitor({"x-api-key": key}, address, with_cookie=True)


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Basic abc"}, {"authorization": "Bearer "}, {"x-api-key": ""}],
)
async def test_without_a_key_nobody_enters(door: Door, headers: dict[str, str]) -> None:
    with pytest.raises(KeyMissing):
        await door[0].visitor(headers, "127.0.0.1", with_cookie=True)


async def test_a_wrong_secret_or_shape_is_refused(door: Door) -> None:
    authentication, _, key, _ = door

    for wrong in (key[:-1] + "0", key + "0", "qvdc_x_y", "🔑", key.replace("qvdc", "abcd")):
        with pytest.raises(KeyInvalid):
            await authentication.visitor({"x-api-key": wrong}, "127.0.0.1", with_cookie=True)


async def test_a_deleted_key_is_refused_after_five_seconds(door: Door) -> None:
    authentication, keys, key, clock = door
    await authentication.visitor({"x-api-key": key}, "127.0.0.1", with_cookie=True)
    await authentication.visitor({"x-api-key": key}, "127.0.0.1", with_cookie=True)
    keys.by_id.clear()

    clock.advance(timedelta(seconds=5))

    with pytest.raises(KeyInvalid):
        await authentication.visitor({"x-api-key": key}, "127.0.0.1", with_cookie=True)
    assert keys.looked_up == 3  # noting the first use looks once more


def signed_in(keys: FakeKeys, clock: ManualClock, *, must_change: bool = False) -> SessionSecret:
    secret = SessionSecret.made_of(bytes(range(48)))
    now = clock.now()
    session = Session(secret.session_id, secret.secret_hash, "u1", now, now)
    keys.sessions[session.id] = KnownSession(
        session, "ada", "Ada", False, must_change, frozenset({"vm.read"})
    )
    return secret


async def test_a_session_ends_idle_after_half_an_hour_and_at_all_after_twelve(door: Door) -> None:
    authentication, keys, _, clock = door
    headers = {"cookie": f"a=b; qvdc_session={signed_in(keys, clock).text}"}

    for _ in range(12 * 60 // 25):
        visitor = await authentication.visitor(headers, "10.0.0.1", with_cookie=True)
        assert (visitor.subject, visitor.csrf_token != "") == ("user:ada", True)
        assert "vm.read" in visitor.permissions
        clock.advance(timedelta(minutes=25))
    clock.advance(timedelta(minutes=20))
    with pytest.raises(SessionEnded):
        await authentication.visitor(headers, "10.0.0.1", with_cookie=True)

    authentication.forget()
    idle = {"cookie": f"qvdc_session={signed_in(keys, clock).text}"}
    await authentication.visitor(idle, "10.0.0.1", with_cookie=True)
    clock.advance(timedelta(minutes=32))
    with pytest.raises(SessionEnded):
        await authentication.visitor(idle, "10.0.0.1", with_cookie=True)


async def test_a_cookie_counts_for_nothing_where_browsers_cannot_be(door: Door) -> None:
    authentication, keys, _, clock = door
    headers = {"cookie": f"qvdc_session={signed_in(keys, clock).text}"}

    with pytest.raises(KeyMissing):
        await authentication.visitor(headers, "10.0.0.1", with_cookie=False)


async def test_a_token_ends_with_its_session(door: Door) -> None:
    authentication, keys, _, clock = door
    session_id = signed_in(keys, clock).session_id
    headers = {"authorization": f"Bearer session:{session_id}.x.y"}
    visitor = await authentication.visitor(headers, "10.0.0.1", with_cookie=False)
    assert (visitor.subject, visitor.csrf_token) == ("user:ada", "")

    keys.sessions.clear()
    authentication.forget()

    with pytest.raises(AccessTokenInvalid):
        await authentication.visitor(headers, "10.0.0.1", with_cookie=False)


async def test_who_must_change_the_password_may_do_that_alone(door: Door) -> None:
    authentication, keys, _, clock = door
    headers = {"cookie": f"qvdc_session={signed_in(keys, clock, must_change=True).text}"}

    visitor = await authentication.visitor(headers, "10.0.0.1", with_cookie=True)

    assert visitor.permissions == {"session.read", "session.delete", "session.changePassword"}


async def test_the_key_is_made_once(door: Door) -> None:
    _, keys, _, clock = door
    file = FakeFile()

    made = await Bootstrap(keys, file, random=lambda size: bytes(size), clock=clock).ensure()

    assert not made
    assert file.texts == []


def test_a_key_survives_being_written_down() -> None:
    key = new_key(bytes(range(38)))

    assert PlainKey.parse(f" {key.text}\n") == key
    assert replace(key, secret="0" * 64).secret_hash != key.secret_hash


def test_mapped_addresses_count_as_ipv4() -> None:
    assert is_within("::ffff:127.0.0.1", LOOPBACK)


Lists = Mapping[str, list[int]]


def told_in_pages(lists: Lists, *, page: int, size: int) -> list[tuple[int, str]]:
    """Read everything, as a client that follows the tokens does."""
    told: list[tuple[int, str]] = []
    token = ""
    while True:
        cursors = from_token(token)
        names = sorted(cursors) if cursors else sorted(lists)
        pages = {
            name: fetch(lists[name], name, cursors.get(name, Cursor()), page) for name in names
        }
        joined = join(pages, cursors, size=size, newest_first=lambda item: (-item[0], item[1]))
        told += joined.items
        token = to_token(joined.cursors)
        if not token:
            return told
        assert joined.items


def fetch(numbers: list[int], name: str, cursor: Cursor, page: int) -> ServicePage[tuple[int, str]]:
    begin = int(cursor.token or 0)
    end = begin + page
    items = [(number, name) for number in numbers[begin:end]]
    return ServicePage(items, str(end) if end < len(numbers) else "")


@given(
    lists=st.dictionaries(
        st.sampled_from(["vm", "node", "image"]),
        st.lists(st.integers(0, 50)).map(lambda each: sorted(each, reverse=True)),
    ),
    size=st.integers(1, 7),
)
def test_joined_pages_tell_everything_once_in_order(lists: Lists, size: int) -> None:
    told = told_in_pages(lists, page=size, size=size)

    expected = [(number, name) for name, numbers in lists.items() for number in numbers]
    assert told == sorted(expected, key=lambda item: (-item[0], item[1]))


@pytest.mark.parametrize("token", ["x", "e30", "W10=", "eyJhIjogMX0=", "eyJhIjogW119"])
def test_foreign_tokens_are_refused(token: str) -> None:
    with pytest.raises(InvalidField):
        from_token(token)


def test_resume_tokens_hold_one_a_service() -> None:
    tokens = {"vm": "1:2:3", "node": "1:5:9"}

    assert from_resume_token(to_resume_token(tokens)) == tokens
