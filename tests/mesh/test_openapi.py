"""IF-1: the OpenAPI document and the live REST interface are one (schemathesis runs it)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.mesh.site import Site

DOCUMENT = "/api/v1/openapi.json"
SEED = 20261123
# Streams and waits never end by themselves: `test_every_stream...` opens them. Bytes have tests of
# their own in the image service. The others would end the very login that the run goes by.
APART = "Watch|WaitOperation|Bytes|SignOut|ChangePassword"
# A request may fit the document and still break a rule that no schema can say (ranges of 64-bit
# numbers, which fields go together, opaque tokens): being refused with 400 is no finding then.
NOT_CHECKED = "positive_data_acceptance"
# In proto's JSON null stands for a field that is left out; the document does not say so anew at
# each field.
NULL = "became null"
CASE = "Test Case ID:"


def _schemathesis(site: Site, report: Path, *, examples: int, phases: str) -> dict[str, Any]:
    command = [
        str(Path(sys.executable).with_name("st")),
        "run",
        site.url + DOCUMENT,
        *("--header", f"Authorization: Bearer {site.key}"),
        *("--exclude-operation-id-regex", APART),
        *("--exclude-checks", NOT_CHECKED),
        *("--phases", phases, "--max-examples", str(examples), "--seed", str(SEED)),
        *("--workers", "2", "--request-timeout", "60", "--generation-database", "none"),
        *("--suppress-health-check", "all", "--warnings", "off", "--no-color", "--no-shrink"),
        *("--continue-on-failure", "--report", "json", "--report-json-path", str(report)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=report.parent)
    assert report.exists(), done.stdout[-20_000:]
    told: dict[str, Any] = json.loads(report.read_text())
    found = [each for each in done.stdout.split(CASE)[1:] if NULL not in each]
    assert not found, CASE.join(found)[:20_000]
    assert not told["errors"], done.stdout[-20_000:]
    return told


@pytest.mark.timeout(600)
def test_if_1_every_operation_is_as_the_document_says(site: Site, tmp_path: Path) -> None:
    told = _schemathesis(site, tmp_path / "report.json", examples=2, phases="fuzzing")

    assert told["operations"]["tested"] == told["operations"]["selected"], told["operations"]


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_if_1_every_operation_at_length(site: Site, tmp_path: Path) -> None:
    _schemathesis(site, tmp_path / "report.json", examples=20, phases="fuzzing")


def test_every_stream_that_is_declared_opens(site: Site) -> None:
    headers = {"authorization": f"Bearer {site.key}", "accept": "text/event-stream"}
    with httpx.Client(base_url=site.url, headers=headers, timeout=60) as client:
        paths = client.get(DOCUMENT).json()["paths"]
        streams = [
            path
            for path, verbs in paths.items()
            for operation in verbs.values()
            if "_Watch" in operation["operationId"]
        ]
        assert len(streams) > 5
        for path in streams:
            with client.stream("GET", path) as reply:
                assert reply.status_code == 200, path
                assert reply.headers["content-type"] == "text/event-stream", path
                assert next(reply.iter_lines()), path


def test_the_document_is_for_those_with_a_login(site: Site) -> None:
    assert httpx.get(site.url + DOCUMENT, timeout=60).status_code == 401
