"""What every route promises: problems, pages, etags, idempotency, scopes and limits."""
