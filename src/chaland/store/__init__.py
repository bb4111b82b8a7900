"""The store app: a shop's to-do list, on a phone, with a scanner."""
