import io
import json
import logging

import pytest

from qvdc_obs.logs import bound, configure, get_logger
from qvdc_obs.metrics import Metrics


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_line_with_its_facts() -> None:
    configure("vm", instance="vm-1", stream=(stream := io.StringIO()))

    with bound(request_id="r1"):
        get_logger("x").info("power.settled", machine="m1")

    (line,) = lines(stream)
    assert (line["event"], line["machine"], line["request_id"]) == ("power.settled", "m1", "r1")
    assert (line["service"], line["instance"], line["level"]) == ("vm", "vm-1", "info")


def test_the_standard_library_logs_the_same_way() -> None:
    configure("vm", stream=(stream := io.StringIO()))

    logging.getLogger("some.library").warning("went %s", "wrong")

    assert lines(stream)[0]["event"] == "went wrong"


def test_secrets_are_masked() -> None:
    configure("vm", stream=(stream := io.StringIO()))

    get_logger("x").info("token.made", join_token="s3cret", authorization="Bearer x")

    assert "s3cret" not in stream.getvalue()
    assert lines(stream)[0]["authorization"] == "***"


def test_an_exception_is_told_with_its_trace() -> None:
    configure("vm", stream=(stream := io.StringIO()))

    try:
        raise ValueError("boom")
    except ValueError:
        get_logger("x").exception("loop.failed")

    assert "ValueError: boom" in str(lines(stream)[0]["exception"])


def test_a_metric_asked_for_twice_is_one() -> None:
    metrics = Metrics()

    metrics.counter("calls", "Calls.", ["method"]).labels("a").inc()
    metrics.counter("calls", "Calls.", ["method"]).labels("a").inc()

    assert b'qvdc_calls_total{method="a"} 2.0' in metrics.render()[0]
    with pytest.raises(TypeError):
        metrics.gauge("calls", "Calls.")
