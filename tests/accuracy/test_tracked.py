"""Counts of what is followed by lot or serial number."""

import pytest

from chaland.accuracy.types import LineState
from tests.accuracy.conftest import Floor

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("tracking", ["lot", "serial"])
def test_a_tracked_article_is_frozen_counted_and_settled(floor: Floor, tracking: str) -> None:
    lamp = {"name": "Lamp", "weight_grams": 500, "tracking": tracking}
    assert floor.retailer.client.put("/skus/LAMP", lamp).status == 200
    name = {"lot": "L1"} if tracking == "lot" else {"serials": ["S1", "S2"]}
    receipt = {"sku": "LAMP", "location": "SHOP-PARIS", "kind": "receipt", "on_hand_delta": 2}
    answer = floor.retailer.client.post("/stock/adjustments", {"items": [{**receipt, **name}]})
    assert answer.body["results"][0]["status"] == "updated", answer.body
    floor.later()
    floor.miss("LAMP", 1)
    floor.later()
    count = floor.open("LAMP", freeze=True)
    floor.scan(count, "LAMP", 1)
    floor.later()
    floor.submit(count)
    floor.approve(count)
    assert floor.line(count, "LAMP").state == LineState.APPLIED
    position = floor.position("LAMP")
    assert (position.on_hand, position.available) == (1, 1)
