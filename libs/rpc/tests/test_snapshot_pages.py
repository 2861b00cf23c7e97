"""GEN-10: a snapshot in pages tells what one without them tells."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any

from google.protobuf.message import Message

from quantix.event.v1 import event_pb2
from quantix.node.v1 import node_pb2
from qvdc_rpc import snapshot_pages
from qvdc_rpc.snapshot_pages import page_size, paged


def told(kind: event_pb2.WatchKind, name: str = "", text: str = "") -> node_pb2.WatchNodesResponse:
    node = node_pb2.Node(name=name, description=text) if name else None
    return node_pb2.WatchNodesResponse(kind=kind, node=node)


def snapshot(*names: str) -> list[node_pb2.WatchNodesResponse]:
    return [told(event_pb2.WATCH_KIND_SNAPSHOT, name) for name in names]


async def pages(items: Sequence[Message], size: int) -> list[list[str]]:
    async def stream() -> AsyncGenerator[Message, None]:
        for each in items:
            yield each

    def names(page: Any) -> list[str]:
        return [each.node.name or str(each.kind) for each in (page, *page.more)]

    return [names(page) async for page in paged(stream(), size)]


SYNCED = told(event_pb2.WATCH_KIND_SYNCED)
CHANGED = told(event_pb2.WATCH_KIND_CHANGED, "c")


async def test_items_of_a_snapshot_share_messages_and_nothing_else_does() -> None:
    found = await pages([*snapshot("a", "b", "c"), SYNCED, CHANGED, CHANGED], 2)

    assert found == [["a", "b"], ["c"], [str(SYNCED.kind)], ["c"], ["c"]]


async def test_a_snapshot_that_breaks_off_is_told_as_far_as_it_came() -> None:
    assert await pages(snapshot("a"), 2) == [["a"]]


async def test_a_page_of_large_resources_is_sent_before_it_is_full() -> None:
    half = "x" * (snapshot_pages.FULL_BYTES // 2 + 1)
    large = [told(event_pb2.WATCH_KIND_SNAPSHOT, name, half) for name in "abc"]

    assert await pages(large, 100) == [["a", "b"], ["c"]]


def test_only_who_asks_gets_pages() -> None:
    assert page_size(node_pb2.WatchNodesRequest()) == 1
    assert page_size(node_pb2.WatchNodesRequest(snapshot_page_size=7)) == 7
    assert page_size(node_pb2.GetNodeRequest()) == 1
