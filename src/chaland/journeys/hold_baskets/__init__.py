"""Baskets at the door: units are kept for a while, and many baskets after one commit."""
