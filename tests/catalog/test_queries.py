"""SKUs are found, and remembered as long as the catalog stays the same."""

import pytest

from chaland.catalog import queries
from chaland.catalog.types import ComponentDraft
from chaland.database.revision import read_revisions
from chaland.database.statements import execute
from chaland.kernel.errors import NotFoundError
from tests.catalog.conftest import sku, write

pytestmark = pytest.mark.django_db

TABLE = "Arts de la table"


@pytest.fixture
def skus() -> None:
    """Write a few things to look for."""
    write(
        sku("TEA-1", name="Théière en fonte", category=TABLE, gtins=("3017620422003",)),
        sku("TEA-2", name="Théière en verre", category=TABLE, active=False),
        sku("MUG", name="Tasse fonte"),
        sku("SET", name="Coffret", components=(ComponentDraft("TEA-1", 1),)),
    )


def found(q: str, **filters: object) -> list[str]:
    return [item.code for item in queries.search_skus(q=q, **filters)]  # type: ignore[arg-type]


@pytest.mark.usefixtures("skus")
@pytest.mark.parametrize(
    ("q", "codes"),
    [
        ("theiere", ["TEA-1", "TEA-2"]),
        ("THÉI fonte", ["TEA-1"]),
        ("fon", ["MUG", "TEA-1"]),
        ("table verre", ["TEA-2"]),
        ("TEA-1", ["TEA-1"]),
        ("tea", ["TEA-1", "TEA-2"]),
        ("3017620422003", ["TEA-1"]),
        ("03017620422003", ["TEA-1"]),
        ("3017620422010", []),
        ("", ["MUG", "SET", "TEA-1", "TEA-2"]),
        ("  ", ["MUG", "SET", "TEA-1", "TEA-2"]),
        ("' | :* & !", []),
        ("a'b", []),
        ("%", []),
    ],
)
def test_what_a_search_finds(q: str, codes: list[str]) -> None:
    assert found(q) == codes


@pytest.mark.usefixtures("skus")
def test_filters_narrow_and_pages_follow() -> None:
    assert found("theiere", active=True) == ["TEA-1"]
    assert found("theiere", active=False) == ["TEA-2"]
    assert found("", category=TABLE) == ["TEA-1", "TEA-2"]
    assert found("", limit=2) == ["MUG", "SET"]
    assert found("", limit=2, after="SET") == ["TEA-1", "TEA-2"]


@pytest.mark.usefixtures("skus")
def test_a_sku_that_does_not_exist_is_absent() -> None:
    assert set(queries.sku_facts(["MUG", "nothing"])) == {"MUG"}
    assert queries.sku_facts([]) == {}
    with pytest.raises(NotFoundError):
        queries.sku("nothing")


@pytest.mark.usefixtures("skus")
def test_what_is_known_is_not_read_again_until_the_catalog_changes() -> None:
    assert queries.sku_facts(["MUG"])["MUG"].name == "Tasse fonte"
    # Behind the catalog's back: only a read of the table could notice.
    execute("UPDATE catalog_sku SET name = 'unseen'")
    assert queries.sku_facts(["MUG"])["MUG"].name == "Tasse fonte"
    assert queries.sku_facts(["MUG"], revision=read_revisions()["catalog"])["MUG"].name != "unseen"
    write(sku("OTHER"))
    assert queries.sku_facts(["MUG"])["MUG"].name == "unseen"


@pytest.mark.usefixtures("skus")
def test_a_sku_made_later_is_found() -> None:
    assert queries.sku_facts(["LATE"]) == {}
    write(sku("LATE"))
    assert set(queries.sku_facts(["LATE"])) == {"LATE"}
