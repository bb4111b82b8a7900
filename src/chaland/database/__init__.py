"""PostgreSQL itself: the embedded server, revisions, set-based statements and health checks."""
