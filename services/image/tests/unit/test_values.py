"""Progress, digests, tickets, sizes and tus headers as values."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qvdc_core.errors import InvalidField
from qvdc_image.api import tus_values
from qvdc_image.domain import ticket
from qvdc_image.domain.progress import Progress, Stage, advance, begin, complete
from qvdc_image.domain.refusals import PoolFull, TicketRefused
from qvdc_image.domain.upload import Digest, DigestAlgorithm, check_room, check_size

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SHA256 = "a" * 64

steps = st.lists(st.tuples(st.sampled_from(list(Stage)), st.integers(0, 2000), st.integers(0, 5)))


@given(steps)
def test_bytes_and_percent_never_fall_and_100_waits_for_ready(
    taken: list[tuple[Stage, int, int]],
) -> None:
    progress, now = begin(1000, NOW), NOW
    for stage, done, seconds in taken:
        before = progress
        now += timedelta(seconds=seconds)
        progress = advance(progress, stage, done_bytes=done, of_bytes=1000, now=now)
        assert progress.percent >= before.percent
        assert progress.done_bytes >= before.done_bytes
        assert progress.stage_index >= before.stage_index
        assert progress.percent < 100
    assert complete(progress, now).percent == 100


def test_bytes_are_those_on_disk_and_the_rate_is_of_the_last_seconds() -> None:
    half = advance(
        begin(100, NOW),
        Stage.UPLOADING,
        done_bytes=50,
        of_bytes=100,
        now=NOW + timedelta(seconds=2),
    )
    assert (half.done_bytes, half.percent, half.rate_bytes) == (50, 45, 25)
    verifying: Progress = advance(half, Stage.VERIFYING, done_bytes=0, of_bytes=100, now=NOW)
    assert (verifying.done_bytes, verifying.percent, verifying.stage_index) == (100, 90, 2)


def test_digests_are_read_in_the_usual_spellings() -> None:
    for text in (SHA256, SHA256.upper(), f"sha256:{SHA256}", f"SHA-256:{SHA256}"):
        assert Digest.parse(text, field="digest") == Digest(DigestAlgorithm.SHA256, SHA256)
    assert Digest.parse("b" * 40, field="digest").algorithm is DigestAlgorithm.SHA1
    for wrong in ("", "abc", "g" * 64, f"md5:{'a' * 32}", f"sha1:{SHA256}"):
        with pytest.raises(InvalidField):
            Digest.parse(wrong, field="digest")


def test_a_ticket_opens_one_digest_for_a_while() -> None:
    issued = ticket.issue(b"key", SHA256, NOW + timedelta(hours=1))
    assert ticket.check(b"key", issued, SHA256, NOW) == NOW + timedelta(hours=1)
    for key, text, digest, now in (
        (b"other", issued, SHA256, NOW),
        (b"key", issued, "b" * 64, NOW),
        (b"key", issued, SHA256, NOW + timedelta(hours=1)),
        (b"key", issued.replace("v1", "v2"), SHA256, NOW),
        (b"key", "v1.99999999999999999999.x", SHA256, NOW),
        (b"key", "", SHA256, NOW),
        (b"key", "v1.²²²²." + "é" * 64, SHA256, NOW),
    ):
        with pytest.raises(TicketRefused):
            ticket.check(key, text, digest, now)


def test_room_counts_what_others_were_promised() -> None:
    check_room(10, free_bytes=100, reserved_bytes=80, keep_bytes=10)
    with pytest.raises(PoolFull) as refused:
        check_room(11, free_bytes=100, reserved_bytes=80, keep_bytes=10)
    assert refused.value.facts == {"needed_bytes": "11", "free_bytes": "10"}
    with pytest.raises(InvalidField):
        check_size(17 << 40, limit_bytes=1 << 60)
    with pytest.raises(InvalidField):
        check_size(0, limit_bytes=100)


def test_tus_headers_are_read_strictly() -> None:
    encoded = base64.b64encode("Débian 12".encode()).decode()
    assert tus_values.parse_metadata(f"filename {encoded},empty") == {
        "filename": "Débian 12",
        "empty": "",
    }
    for wrong in ("name !!!", "a YQ==,a YQ==", f"name {'a' * 9000}"):
        with pytest.raises(InvalidField):
            tus_values.parse_metadata(wrong)
    digest = base64.b64encode(bytes(20)).decode()
    assert tus_values.parse_checksum(f"sha1 {digest}") == tus_values.Checksum("sha1", bytes(20))
    assert tus_values.parse_checksum(None) is None
    for wrong in (f"md5 {digest}", "sha1 %%%", f"sha256 {digest}", "sha1"):
        with pytest.raises(InvalidField):
            tus_values.parse_checksum(wrong)
    assert tus_values.parse_length("17", "Upload-Length") == 17
    for bad in (None, "-1", "1e3", "", "²"):
        with pytest.raises(InvalidField):
            tus_values.parse_length(bad, "Upload-Length")
