"""What was sold: orders, their lines, and how far they have come."""
