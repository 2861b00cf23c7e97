"""What breaks while a source is read ends the joined stream."""

import asyncio
from contextlib import aclosing
from typing import Any, cast

import pytest

from qvdc_console.api.joining import Source, joined
from qvdc_console.api.owners import Behind
from qvdc_rpc.context import RequestContext


class _Broken(Exception):
    pass


def _asked(*, resume_token: str = "") -> Any:
    raise AssertionError("a source is not asked without a channel")


class _Behind:
    async def channel(self, service: str) -> Any:
        raise _Broken(service)


async def test_gen_10_a_source_that_breaks_ends_the_stream_and_leaves_no_silence() -> None:
    source = Source("nodes", "node", lambda channel: _asked, _asked)
    stream = joined([source], {}, cast(Behind, _Behind()), cast(RequestContext, None))

    async with asyncio.timeout(5), aclosing(stream) as heard:
        with pytest.raises(_Broken, match="node"):
            await anext(heard)
