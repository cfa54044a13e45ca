"""The sealed store: keys, envelopes, tables and queries."""
