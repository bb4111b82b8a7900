"""Demand in, decision out: which locations fulfil what, and why not the others."""
