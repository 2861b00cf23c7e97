"""Words, progress lines, reasons: without a wire."""

import importlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import quantix
from quantix.cluster.v1 import cluster_pb2
from quantix.vm.v1 import virtual_machine_pb2
from qvdc_cli import words
from qvdc_cli.app import build
from qvdc_cli.commands.token import seconds
from qvdc_cli.fields import assign
from qvdc_cli.progress import Lines
from qvdc_cli.reasons import REASONS

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds_", "text"),
    [(0, "just now"), (59, "59 s ago"), (61, "1 min ago"), (7200, "2 h ago"), (-90_000, "in 1 d")],
)
def test_times_are_relative(seconds_: int, text: str) -> None:
    assert words.relative(NOW - timedelta(seconds=seconds_), NOW) == text


def test_unknown_is_shown_as_unknown() -> None:
    machine = virtual_machine_pb2.VirtualMachine()
    assert words.enum(machine, "state") == "-"
    assert words.ago(machine, "create_time") == "-"
    assert words.optional(machine, "vcpu_count") == "-"
    machine.state = 99  # type: ignore[assignment]  # a later release's value
    assert words.enum(machine, "state") == "99"


def test_fields_are_set_and_cleared_by_path() -> None:
    cluster = cluster_pb2.Cluster(description="old")
    paths = assign(cluster, ["networks=networks/a,networks/b", "description=", "drs.enabled=true"])
    assert paths == ["networks", "description", "drs.enabled"]
    assert list(cluster.networks) == ["networks/a", "networks/b"]
    assert (cluster.HasField("description"), cluster.drs.enabled) == (False, True)
    machine = virtual_machine_pb2.VirtualMachine()
    assign(machine, ["memoryBytes=2GiB", "firmware=uefi"])
    assert (machine.memory_bytes, machine.firmware) == (2 << 30, 2)
    for wrong in ("nothing", "colour=red", "drs.mode=SLOW", "drs.enabled=12x"):
        with pytest.raises(typer.BadParameter):
            assign(cluster, [wrong])


def test_lines_come_at_each_tenth_and_stage() -> None:
    said: list[str] = []
    clock = iter(float(second) for second in range(1000))
    lines = Lines(said.append, "upload x", clock=lambda: next(clock))
    for percent in range(0, 30, 2):
        lines.show("uploading", percent, percent << 20, 100 << 20)
    lines.show("verifying", 29, None, None)
    assert [line.split(",")[0] for line in said][-1] == "upload x: verifying 29 %"
    assert "MiB/s" in said[-2]
    assert len(said) < 8


def test_intervals_are_read() -> None:
    assert [seconds(text) for text in ("90s", "15min", "2h", "7d")] == [90, 900, 7200, 604_800]
    with pytest.raises(typer.BadParameter):
        seconds("soon")


def test_every_published_reason_is_explained() -> None:
    published: set[str] = set()
    root = Path(next(iter(quantix.__path__)))
    for path in root.rglob("v1/*_pb2.py"):
        name = ".".join(("quantix", *path.relative_to(root).with_suffix("").parts))
        file = importlib.import_module(name).DESCRIPTOR
        public = not file.package.startswith(("quantix.host", "quantix.agent", "quantix.claim"))
        if public and (reasons := file.enum_types_by_name.get("ErrorReason")):
            published |= {value.name.removeprefix("ERROR_REASON_") for value in reasons.values}
    assert "NO_PLACEMENT" in published
    assert published - {"UNSPECIFIED"} <= REASONS.keys()
    result = CliRunner().invoke(build(), ["explain", "in-use"])
    assert "blockers" in result.stdout


def test_every_verb_has_help() -> None:
    runner = CliRunner()
    for path in (
        ["cluster"], ["node"], ["node", "token"], ["image"], ["network"], ["vm"], ["operation"],
        ["events"], ["context"], ["pool"],
    ):  # fmt: skip
        listed = runner.invoke(build(), [*path, "--help"])
        assert listed.exit_code == 0, listed.output
