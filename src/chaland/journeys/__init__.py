"""Use cases that cross rooms, a file each."""
