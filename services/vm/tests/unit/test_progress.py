"""How far an operation says that it is."""

from dataclasses import replace

from qvdc_vm.domain.observation import ObservedState
from qvdc_vm.domain.plan import ClaimPlacement, Rest, Wait
from qvdc_vm.domain.progress import Progress, following, progress_of
from tests.vm_testing.builders import a_new_machine, seen


def _pulling(done: int | None, total: int | None) -> Progress:
    observed = replace(
        seen(ObservedState.PREPARING, settled=False),
        stage="pulling",
        done_bytes=done,
        total_bytes=total,
    )
    return progress_of(replace(a_new_machine(), observed=observed), Wait("pulling"))


def test_pulling_counts_bytes() -> None:
    assert progress_of(a_new_machine(), ClaimPlacement()).stage == "placing"
    assert _pulling(0, 100) == Progress("pulling", "", 25, 0, 100)
    assert _pulling(50, 100) == Progress("pulling", "", 52, 50, 100)
    assert _pulling(200, 100).percent == 80
    assert _pulling(None, None) == Progress("pulling", "", 25)


def test_past_the_pulling_all_bytes_are_there() -> None:
    defining = Progress("defining", percent=90)

    assert following(_pulling(50, 100), defining).done_bytes == 100
    assert following(Progress("placing"), defining) == defining


def test_a_machine_at_rest_tells_nothing() -> None:
    assert progress_of(a_new_machine(), Rest()).stage == ""
