"""The command against a real wire: verbs, output, progress, exit codes."""

import json
from typing import Any

import pytest
import yaml

from quantix.cluster.v1 import cluster_pb2


def make(site: Any, *names: str) -> None:
    for name in names:
        assert site.run("cluster", "create", name).exit_code == 0


def test_a_cluster_is_made_with_any_of_its_fields(site: Any) -> None:
    result = site.run(
        "cluster", "create", "prod", "--display-name", "Production", "--label", "env=prod",
        "--node", "h1", "--ha", "--set", "ha.isolation_response=shutdown",
        "--set", "ha.admission.failoverCapacity=2", "--set", "overcommit.cpu_ratio=2.5",
        "--request-id", "2f0c39b6-8a51-4c4f-9d3e-1a2b3c4d5e6f",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    request = site.clusters.requests[0]
    assert request.request_id == "2f0c39b6-8a51-4c4f-9d3e-1a2b3c4d5e6f"
    assert list(request.initial_nodes) == ["nodes/h1"]
    made = request.cluster
    assert (made.display_name, dict(made.labels)) == ("Production", {"env": "prod"})
    assert made.ha.enabled
    assert made.ha.isolation_response == cluster_pb2.HaSettings.ISOLATION_RESPONSE_SHUTDOWN
    assert (made.ha.admission.failover_capacity, made.overcommit.cpu_ratio) == (2, 2.5)
    assert "clusters/prod is made." in result.stderr


def test_only_what_is_given_is_changed(site: Any) -> None:
    make(site, "prod")
    result = site.run("cluster", "edit", "prod", "--description", "", "--no-drs")
    assert result.exit_code == 0, result.output
    assert list(site.clusters.requests[-1].update_mask.paths) == ["description", "drs.enabled"]
    assert site.run("cluster", "edit", "prod").exit_code == 2
    stale = site.run("cluster", "edit", "prod", "--ha", "--etag", "0")
    assert stale.exit_code == 5
    assert "user:bob" in stale.stderr


def test_results_come_as_tables_json_yaml_and_names(site: Any) -> None:
    make(site, "blue", "green", "red")
    table = site.run("cluster", "list").stdout.splitlines()
    assert table[0].split() == ["NAME", "DISPLAY", "NAME", "STATUS", "NODES", "HA", "DRS", "AGE"]
    assert [line.split()[0] for line in table[1:]] == ["blue", "green", "red"]
    assert len({line.index("HEALTHY") for line in table[1:]}) == 1, "columns are aligned"
    found = json.loads(site.run("cluster", "list", "-o", "json").stdout)
    assert [each["displayName"] for each in found] == ["blue", "green", "red"]
    one = yaml.safe_load(site.run("cluster", "show", "red", "-o", "yaml").stdout)
    assert one["name"] == "clusters/red"
    names = site.run("cluster", "list", "-o", "name", "--limit", "2").stdout
    assert names.split() == ["clusters/blue", "clusters/green"]
    assert "Display name   red" in site.run("cluster", "show", "clusters/red").stdout


def test_an_empty_list_says_so_beside_the_output(site: Any) -> None:
    result = site.run("cluster", "list")
    assert (result.stdout, result.exit_code) == ("", 0)
    assert "Nothing found" in result.stderr
    assert site.run("cluster", "list", "-o", "json").stdout.strip() == "[]"


def test_exit_codes_tell_the_class_of_a_refusal(site: Any) -> None:
    missing = site.run("cluster", "show", "none")
    assert missing.exit_code == 4
    assert "There is no cluster clusters/none." in missing.stderr
    assert "Reason NOT_FOUND" in missing.stderr
    used = site.run("cluster", "delete", "used")
    assert used.exit_code == 5
    assert "vms/web-1" in used.stderr
    assert "What to do:" in used.stderr
    assert site.run("cluster", "usage", "prod").exit_code == 1, "unimplemented"
    assert site.run("cluster", "create", "x", "--label", "noequals").exit_code == 2
    assert site.run("cluster", "create", "x", "--set", "ha.colour=1").exit_code == 2
    assert site.run("cluster", "list", "--server", "http://127.0.0.1:9").exit_code == 8
    assert site.run("cluster", "list", "--key-file", "/none").exit_code == 2
    assert site.run("nonsense").exit_code == 2


def test_a_mutation_is_repeated_under_one_request_id_while_the_site_is_away(site: Any) -> None:
    site.clusters.away = 2
    result = site.run("cluster", "create", "prod")
    assert result.exit_code == 0, result.output
    ids = {request.request_id for request in site.clusters.requests}
    assert (len(site.clusters.requests), len(ids)) == (3, 1)


def test_long_work_is_followed_to_its_end(site: Any) -> None:
    arguments = [
        "vm",
        "create",
        "web-1",
        "--cluster",
        "prod",
        "--image",
        "debian",
        "--pool",
        "fast",
    ]
    result = site.run(*arguments, "--network", "blue=10.0.0.9", "--memory", "2GiB", "--disk", "8G")
    assert result.exit_code == 0, result.output
    assert "create vms/web-1: pulling 40 %" in result.stderr
    assert "vms/web-1 is running." in result.stderr
    machine = site.machines.requests[0].virtual_machine
    assert (machine.memory_bytes, machine.disks[0].size_bytes) == (2 << 30, 8 << 30)
    assert machine.disks[0].pool == "storage-pools/fast"
    assert (machine.nics[0].network, machine.nics[0].address) == ("networks/blue", "10.0.0.9")
    assert site.machines.requests[0].start_on_create
    site.operations.asked = 0
    found = json.loads(site.run(*arguments, "-o", "json", "--quiet").stdout)
    assert found["state"] == "STATE_RUNNING"


def test_failed_work_ends_with_the_code_of_its_refusal(site: Any) -> None:
    result = site.run("vm", "create", "bad", "--cluster", "prod")
    assert result.exit_code == 7
    assert "None of 2 hosts fits." in result.stderr
    assert "qvdc operation show operations/fails" in result.stderr


def test_work_need_not_be_waited_for_and_may_be_checked_only(site: Any) -> None:
    told = site.run("vm", "create", "web-1", "--cluster", "prod", "--no-wait")
    assert "qvdc operation wait operations/works" in told.stderr
    assert site.operations.asked == 0
    checked = site.run("vm", "create", "web-1", "--cluster", "prod", "--dry-run")
    assert (checked.exit_code, site.machines.requests[-1].validate_only) == (0, True)


def test_serial_output_is_shown_as_it_is(site: Any) -> None:
    result = site.run("vm", "serial", "web-1", "--tail", "16KiB")
    assert result.stdout == "[red]boot[/red]\nready\n"
    assert site.machines.requests[-1].limit_bytes == 16384


def test_a_watch_goes_on_across_a_break(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qvdc_client.watch.RECONNECT_SECONDS", 0)
    make(site, "prod")
    result = site.run("cluster", "watch")
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["prod", "deleted"]
    tokens = [getattr(request, "resume_token", None) for request in site.clusters.requests]
    assert tokens[-2:] == ["", "1.5.0"]


def test_contexts_say_where_the_site_is(site: Any) -> None:
    key = site.environment.pop("QVDC_KEY_FILE")
    url = site.environment.pop("QVDC_SERVER")
    assert "apikey:test" not in site.run("whoami").stdout
    made = site.run("context", "set", "lab", "--to-server", url, "--to-key-file", key)
    assert made.exit_code == 0, made.output
    assert "apikey:test" in site.run("whoami").stdout
    assert site.run("context", "set", "dead", "--to-server", "http://127.0.0.1:9").exit_code == 0
    assert site.run("context", "use", "dead").exit_code == 0
    assert site.run("whoami").exit_code == 8
    assert "apikey:test" in site.run("whoami", "--context", "lab").stdout
    assert site.run("whoami", "--context", "none").exit_code == 2
    assert "* dead" in site.run("context", "list").stdout
    (site.folder / "config.yaml").write_text("contexts: [")
    assert site.run("whoami").exit_code == 2
