"""Benchmarks: each measures beside a yardstick in the same run and prints one JSON line last."""
