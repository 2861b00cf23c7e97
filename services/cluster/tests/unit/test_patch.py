"""Updates change what is named and nothing else (GEN-3)."""

import pytest

from qvdc_cluster.domain.cluster import ClusterIntent
from qvdc_cluster.domain.patch import changed_paths, patched
from qvdc_cluster.domain.settings import AdmissionSettings, HaSettings
from qvdc_core.errors import InvalidField

CURRENT = ClusterIntent(
    display_name="old",
    description="text",
    labels={"a": "b"},
    ha=HaSettings(enabled=True, admission=AdmissionSettings(failover_capacity=2)),
)


def test_only_named_fields_change_and_an_empty_value_clears() -> None:
    wanted = ClusterIntent(display_name="new", description="")

    result = patched(CURRENT, wanted, {"description"})

    assert (result.display_name, result.description) == ("old", "")
    assert changed_paths(CURRENT, result) == ("description",)


def test_a_nested_path_leaves_its_neighbours() -> None:
    wanted = ClusterIntent(ha=HaSettings(admission=AdmissionSettings(reserve_cpu_percent=50)))

    result = patched(CURRENT, wanted, {"ha.admission.reserve_cpu_percent"})

    assert result.ha.enabled
    assert result.ha.admission == AdmissionSettings(failover_capacity=2, reserve_cpu_percent=50)


def test_a_parent_path_replaces_the_whole_of_it() -> None:
    assert patched(CURRENT, ClusterIntent(), {"ha"}).ha == HaSettings()


def test_output_only_paths_are_passed_over() -> None:
    assert patched(CURRENT, ClusterIntent(), {"uid", "status", "etag"}) == CURRENT


def test_the_project_is_firm() -> None:
    with pytest.raises(InvalidField):
        patched(CURRENT, ClusterIntent(project="other"), {"project"})
