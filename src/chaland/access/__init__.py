"""Who may do what: users, roles, scopes, API keys, and the audit log of every write."""
