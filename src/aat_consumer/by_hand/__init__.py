"""Do by hand what the loop does: take, settle, look, release; and draft settings."""
