"""Logs of the host's own processes: the newest lines, within bounds, or the tool's own words."""

from datetime import timedelta
from pathlib import Path

import pytest

from qvdc_agent.adapters import log_command
from qvdc_agent.adapters.log_command import LogCommand
from qvdc_agent.domain.host_log import HostLogUnreadable, LogEnd, LogProcess, end_of


@pytest.fixture
def log(tmp_path: Path) -> LogCommand:
    (tmp_path / "agent.log").write_text("".join(f"line {n}\n" for n in range(1, 31)))
    return LogCommand(f"tail --lines={{lines}} {tmp_path}/{{process}}.log")


async def test_the_newest_lines_are_read(log: LogCommand) -> None:
    end = await log.read(LogProcess.AGENT, line_count=2, contains="")

    assert end == LogEnd(("line 29", "line 30"), truncated=True)
    assert not (await log.read(LogProcess.AGENT, line_count=30, contains="")).truncated


async def test_a_text_is_looked_for_further_back(log: LogCommand) -> None:
    end = await log.read(LogProcess.AGENT, line_count=2, contains="line 1")

    assert end == LogEnd(("line 18", "line 19"), truncated=True)


async def test_a_missing_log_or_tool_says_so(log: LogCommand) -> None:
    with pytest.raises(HostLogUnreadable, match="guardian"):
        await log.read(LogProcess.GUARDIAN, line_count=2, contains="")
    with pytest.raises(HostLogUnreadable, match="nothing-of-the-kind"):
        await LogCommand("/nothing-of-the-kind").read(LogProcess.AGENT, line_count=1, contains="")


async def test_of_a_long_log_the_newest_is_kept(
    log: LogCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_command, "MOST_BYTES", 20)

    end = await log.read(LogProcess.AGENT, line_count=9, contains="")

    assert end == LogEnd(("line 29", "line 30"), truncated=True)


async def test_a_tool_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_command, "WITHIN", timedelta(seconds=0.2))

    with pytest.raises(HostLogUnreadable, match="no answer"):
        await LogCommand("sleep 60").read(LogProcess.AGENT, line_count=3, contains="")


def test_an_answer_is_bounded() -> None:
    text = "\n".join(["x" * 9000] * 300)

    end = end_of(text, line_count=300, contains="", whole=True)

    assert end.truncated
    assert sum(map(len, end.lines)) <= 1 << 20
    assert {len(line) for line in end.lines} == {8192}
