"""A real order stream, read from a file and sent through the public API, with a closing account."""
