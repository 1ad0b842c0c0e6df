"""Look after a running installation: servers, health and diagnosis."""
