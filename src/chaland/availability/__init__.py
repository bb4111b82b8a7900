"""What each channel may sell, where, and why not more."""
