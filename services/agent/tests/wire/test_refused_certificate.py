"""A host whose certificate opens nothing asks why, and people on it read the answer."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from qvdc_core.errors import Kind
from tests.wire.test_guardian import Guardian


@pytest.fixture
async def joined(tmp_path: Path, control_plane: Any) -> Guardian:
    made = Guardian(tmp_path)
    await made.join(control_plane.enrol, control_plane.ca_hash, "the-token", tmp_path)
    return made


async def test_a_host_with_an_expired_certificate_says_why_and_what_to_do(
    joined: Guardian, control_plane: Any, decided: Any
) -> None:
    double = control_plane.double
    double.age, double.life = timedelta(days=2), timedelta(days=-1)
    double.explanation = decided(Kind.UNAUTHENTICATED, "CERTIFICATE_EXPIRED")
    async with joined.running():
        await double.until(registrations=1)
        async with asyncio.timeout(60):
            while True:
                if joined.places.session.exists() and joined.state.refusal == "CERTIFICATE_EXPIRED":
                    break
                await asyncio.sleep(0.1)
        told = await joined.tool("status")
    assert "refused    CERTIFICATE_EXPIRED" in told
    assert "to do      Have a token made" in told
    assert double.shown[0].machine_uuid == joined.state.machine_uuid
    assert "BEGIN CERTIFICATE" in double.shown[0].certificate_pem
