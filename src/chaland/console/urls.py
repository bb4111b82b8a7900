"""The console's addresses."""

from django.urls import include, path

from chaland.console.views import (
    audit,
    keys,
    locations,
    order,
    orders,
    product,
    rules,
    stock,
    tower,
    webhooks,
)

_screens = [
    path("", tower.tower, name="tower"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<str:order_id>/", order.order, name="order"),
    path("orders/<str:order_id>/cancel/", order.cancel, name="cancel"),
    path("orders/<str:order_id>/source-again/", order.resource, name="resource"),
    path("orders/<str:order_id>/<str:fulfilment_id>/release/", order.release, name="release"),
    path("orders/<str:order_id>/<str:fulfilment_id>/take-away/", order.move, name="move"),
    path("stock/", stock.stock, name="stock"),
    path("rules/", rules.rules, name="rules"),
    path("new-rule/", rules.new_rule, name="new_rule"),
    path("rule-articles/", rules.articles, name="rule_articles"),
    path("rules/<str:code>/", rules.rule, name="rule"),
    path("rules/<str:code>/switch/", rules.switch_rule, name="switch_rule"),
    path("stock/<str:code>/", product.product, name="product"),
    path("stock/<str:code>/adjust/", product.adjust, name="adjust"),
    path("stock/<str:code>/ledger/", product.movements, name="movements"),
    path("sites/", locations.locations, name="locations"),
    path("sites/<str:code>/", locations.location, name="location"),
    path("sites/<str:code>/pause/", locations.pause, name="pause"),
    path("sites/<str:code>/resume/", locations.resume, name="resume"),
    path("webhooks/", webhooks.webhooks, name="webhooks"),
    path("webhooks/<str:endpoint_id>/", webhooks.webhook, name="webhook"),
    path("webhooks/<str:endpoint_id>/replay/", webhooks.replay, name="replay"),
    path("keys/", keys.keys, name="keys"),
    path("keys/<str:key_id>/revoke/", keys.revoke, name="revoke_key"),
    path("audit/", audit.audit, name="audit"),
]

urlpatterns = [path("console/", include((_screens, "console")))]
