"""Random faults, and the truth after them: nothing is lost, doubled or left over (OP-6, HB-4).

QVDC_STORM_SEED=n plays the storm of seed n; a failure tells its seed and its story.
"""

from __future__ import annotations

import os
import random
import secrets
import sys

import httpx
import pytest
from tests.mesh.simulated import SimulatedHost
from tests.mesh.site import Site, until
from tests.mesh.storm import Storm
from tests.mesh.told import tell
from tests.mesh.truth import differences

SHORT_SECONDS, WHOLE_SECONDS = 40.0, 600.0
SEED_OF_THE_SHORT_ONE = 3
QUIET_WITHIN_SECONDS = 180.0


@pytest.mark.parametrize(
    ("seconds", "seed"),
    [
        pytest.param(
            SHORT_SECONDS, SEED_OF_THE_SHORT_ONE, id="short", marks=pytest.mark.timeout(900)
        ),
        pytest.param(
            WHOLE_SECONDS, None, id="whole", marks=[pytest.mark.slow, pytest.mark.timeout(2400)]
        ),
    ],
)
@pytest.mark.usefixtures("machine")
def test_after_random_faults_the_inventory_is_what_the_hosts_hold_and_nothing_is_left_over(
    site: Site,
    hosts: list[SimulatedHost],
    capsys: pytest.CaptureFixture[str],
    seconds: float,
    seed: int | None,
) -> None:
    chosen = int(os.environ.get("QVDC_STORM_SEED", seed or secrets.randbelow(10**9)))
    with capsys.disabled():
        sys.stdout.write(f"QVDC_STORM_SEED={chosen} ")
    storm = Storm(site, hosts, random.Random(chosen))
    names = {host.name: host.seen()["uid"] for host in hosts}

    storm.blow(seconds)

    tell(f"storm-{seconds:.0f}", {"seed": chosen, "story": storm.story})
    site.wait_ready()
    found: list[str] = ["nobody looked yet"]

    def agrees() -> bool:
        try:
            found[:] = differences(site, hosts)
        except (httpx.HTTPError, AssertionError) as error:
            found[:] = [repr(error)]  # somebody is not back yet
        return not found

    until(agrees, QUIET_WITHIN_SECONDS, lambda: "\n".join((f"seed {chosen}", *found, *storm.story)))
    assert {host.name: host.seen()["uid"] for host in hosts} == names
