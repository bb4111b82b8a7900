"""Pure decisions: which rule holds where, what it keeps back, and what is wrong with a rule."""
