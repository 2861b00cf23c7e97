from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from qvdc_console.api.openapi.document import document
from qvdc_console.api.public import public_methods
from qvdc_console.api.rest.routes import Routes

ROUTES = Routes(public_methods().values())


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document(ROUTES.all, version="1.2.3")


def test_the_document_is_valid(described: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(described).validate()


def test_every_route_is_described_once(described: dict[str, Any]) -> None:
    operations = [each for path in described["paths"].values() for each in path.values()]
    ids = [each["operationId"] for each in operations]
    plain = [each for each in ids if each.startswith("Bytes_")]

    assert len(ids) == len(set(ids)) == len(ROUTES.all) + len(plain)


def test_limits_come_from_the_contract(described: dict[str, Any]) -> None:
    cluster = described["components"]["schemas"]["cluster.v1.Cluster"]["properties"]
    ha = described["components"]["schemas"]["cluster.v1.HaSettings"]["properties"]

    assert cluster["displayName"] == {"type": "string", "minLength": 1, "maxLength": 128}
    assert cluster["labels"]["maxProperties"] == 64
    assert cluster["uid"]["readOnly"] is True
    assert (ha["stormPercent"]["minimum"], ha["stormPercent"]["maximum"]) == (10, 50)


def test_parameters_and_statuses_are_told(described: dict[str, Any]) -> None:
    paths = described["paths"]
    create = paths["/api/v1/clusters"]["post"]
    listing = paths["/api/v1/clusters"]["get"]
    removing = paths["/api/v1/clusters/{cluster}"]["delete"]

    body = create["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert {"id", "displayName", "validateOnly", "initialNodes"} <= set(body)
    assert "201" in create["responses"]
    assert "204" in removing["responses"]
    assert "pageSize" in [each["name"] for each in listing["parameters"]]
    names = [each["name"] for each in removing["parameters"]]
    assert names[0] == "cluster"
    assert {"Idempotency-Key", "If-Match"} <= set(names)
