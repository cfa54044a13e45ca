"""What every HTTP route shares: bodies, limits, errors, logging."""
