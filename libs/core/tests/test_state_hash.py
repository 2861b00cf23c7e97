"""The hash that hosts and owners compare (HB-3)."""

import hashlib

import pytest

from qvdc_core.state_hash import SeenItem, state_hash

A, B = SeenItem("a", "RUNNING", 3), SeenItem("b", "STOPPED", 1)


def test_it_is_sha_256_over_the_sorted_lines() -> None:
    canonical = b"a RUNNING 3\nb STOPPED 1\n"

    assert state_hash([B, A]) == hashlib.sha256(canonical).hexdigest()
    assert state_hash([]) == hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize(
    "other",
    [SeenItem("a", "PAUSED", 3), SeenItem("a", "RUNNING", 4), SeenItem("c", "RUNNING", 3)],
)
def test_any_difference_shows(other: SeenItem) -> None:
    assert state_hash([A, B]) != state_hash([other, B])


@pytest.mark.parametrize("bad", [SeenItem("a b", "RUNNING", 1), SeenItem("a", "", 1)])
def test_what_would_blur_lines_is_refused(bad: SeenItem) -> None:
    with pytest.raises(ValueError, match="white space"):
        state_hash([bad])
