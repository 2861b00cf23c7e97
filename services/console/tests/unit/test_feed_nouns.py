"""The joined stream knows every noun that can be watched."""

from qvdc_console.api.feed import NOUNS
from qvdc_console.api.public import public_methods
from qvdc_rpc.access import access_of


def test_gen_11_every_watch_is_part_of_the_joined_stream_by_its_own_permission() -> None:
    watches = {
        access_of(method).permission
        for method in public_methods().values()
        if method.server_streaming and method.name != "WatchAll"
    }
    assert {noun.permission for noun in NOUNS.values()} == watches
