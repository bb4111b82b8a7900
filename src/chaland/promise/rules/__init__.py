"""Pure rules of time and carriage: no Django, no clock."""
