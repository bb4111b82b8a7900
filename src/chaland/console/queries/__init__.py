"""What the console reads, put together from the rooms below."""
