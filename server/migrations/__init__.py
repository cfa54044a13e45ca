"""The schema's history: forward only."""
