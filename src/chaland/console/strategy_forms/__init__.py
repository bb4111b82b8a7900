"""The forms of the strategy editor: a rule with its circles, what holds for all, activation."""

from chaland.console.strategy_forms.rule import RuleForm, rule_initial
from chaland.console.strategy_forms.sites import (
    CircleForms,
    PreferenceForms,
    circles_initial,
    preferences_initial,
)
from chaland.console.strategy_forms.whole import (
    ActivationForm,
    DefaultsForm,
    NewStrategyForm,
    PilotForm,
    defaults_initial,
)

__all__ = [
    "ActivationForm",
    "CircleForms",
    "DefaultsForm",
    "NewStrategyForm",
    "PilotForm",
    "PreferenceForms",
    "RuleForm",
    "circles_initial",
    "defaults_initial",
    "preferences_initial",
    "rule_initial",
]
