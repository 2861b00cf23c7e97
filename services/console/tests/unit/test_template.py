import pytest

from qvdc_console.api.rest.template import Template


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        ("/api/v1/clusters", "/api/v1/clusters", {}),
        ("/api/v1/{name=clusters/*}", "/api/v1/clusters/prod", {"name": "clusters/prod"}),
        ("/api/v1/{cluster.name=clusters/*}", "/api/v1/clusters/a", {"cluster.name": "clusters/a"}),
        ("/api/v1/{name=vms/*}:start", "/api/v1/vms/web:start", {"name": "vms/web"}),
        (
            "/api/v1/{name=clusters/*}/nodes/{node}",
            "/api/v1/clusters/a/nodes/n1",
            {"name": "clusters/a", "node": "n1"},
        ),
        ("/api/v1/{name=images/*}", "/api/v1/images/a%20b", {"name": "images/a b"}),
        ("/v/{path=files/**}", "/v/files/a/b/c", {"path": "files/a/b/c"}),
    ],
)
def test_a_fitting_path_gives_its_variables(
    template: str, path: str, values: dict[str, str]
) -> None:
    assert Template(template).match(path) == values


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("/api/v1/{name=vms/*}", "/api/v1/vms/web:start"),
        ("/api/v1/{name=vms/*}", "/api/v1/vms/web/disks"),
        ("/api/v1/{name=vms/*}", "/api/v1/vms/"),
        ("/api/v1/clusters", "/api/v1/clusters/"),
        ("/api/v1/clusters", "/api/v1/clustersx"),
    ],
)
def test_other_paths_do_not_fit(template: str, path: str) -> None:
    assert Template(template).match(path) is None


def test_openapi_paths_name_their_parameters() -> None:
    template = Template("/api/v1/{name=clusters/*}/nodes/{node}")

    assert template.openapi_path == "/api/v1/clusters/{cluster}/nodes/{node}"
    assert template.parameters == ("cluster", "node")
    assert Template("/api/v1/{vm.name=vms/*}:x").openapi_path == "/api/v1/vms/{vm}:x"
