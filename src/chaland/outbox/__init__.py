"""Every change as an event, once: written with the change, delivered at least once."""
