"""What would have happened: periods replayed under another strategy, network or rate card."""
