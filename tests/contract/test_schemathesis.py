"""Requests made from the published description, good and bad, against a running server.

Whatever is sent: no fault of ours, and every answer is one that the description announces.
"""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case, checks
from schemathesis.config import SchemathesisConfig

from chaland.config.openapi import describe
from tests.contract.conftest import Served
from tests.contract.shop import Shop

pytestmark = [pytest.mark.contract, pytest.mark.django_db]

EXAMPLES = 10
"""Requests made up for each route, half of them wrong; all routes together take about 40 s."""

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]

schema = schemathesis.openapi.from_dict(
    describe(),
    config=SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "generation": {"deterministic": True, "with-security-parameters": False},
            "phases": {"coverage": {"enabled": False}},
        }
    ),
)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_announced(case: "Case[Any]", served: Served) -> None:
    lead_somewhere(case, served.shop)
    case.call_and_validate(
        base_url=served.url,
        headers={"Authorization": f"Bearer {served.shop.client.token}"},
        checks=CHECKS,
    )


def lead_somewhere(case: "Case[Any]", shop: Shop) -> None:
    """Make most requests lead to something: random ids, codes, cursors and versions lead nowhere.

    What is replaced depends on the request alone, so that a failure can be made again.
    """
    path: dict[str, Any] = case.path_parameters
    for name, value in path.items():
        if len(str(value)) % 4 and case.method != "DELETE":
            path[name] = shop.known(case.path, name)
    for sent, name in ((case.query, "cursor"), (case.headers, "If-Match")):
        if len(str(sent.get(name, ""))) % 4:
            del sent[name]
    for name, value in {"sku": "LAMP", "location": "WH", "channel": "web"}.items():
        if len(str(case.query.get(name, ""))) % 4:
            case.query[name] = value
