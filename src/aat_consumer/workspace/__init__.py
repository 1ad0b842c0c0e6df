"""Keep throw-away working copies apart from the user's repository, and commit what was done in them."""
