"""The front door: orders come in, are decided together, and are answered after one commit."""
