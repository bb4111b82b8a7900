"""Pure rules: who may serve, what it costs, how to split, and why. No Django, no clock."""
