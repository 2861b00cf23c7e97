"""Runs the host's tools from argument lists, with a deadline and never through a shell."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from qvdc_agent.domain.refusals import StepRefused

MAX_WORDS = 1000
"""How much of a tool's own words goes into a refusal, in characters."""


async def run(argv: Sequence[str], *, reason: str, within: timedelta) -> str:
    """Return what the tool printed.

    Args:
        reason: of the refusal when it fails.
        within: the longest wait; the tool is killed after it.

    Raises:
        StepRefused: it is missing, failed, or took too long.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise StepRefused(reason, f"{argv[0]}: {error}") from error
    try:
        async with asyncio.timeout(within.total_seconds()):
            output, errors = await process.communicate()
    except TimeoutError as error:
        raise StepRefused(reason, f"{argv[0]} gave no answer within {within}") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        words = errors.decode(errors="replace").strip()[-MAX_WORDS:]
        raise StepRefused(reason, words or f"{argv[0]} failed with {process.returncode}")
    return output.decode(errors="replace")
