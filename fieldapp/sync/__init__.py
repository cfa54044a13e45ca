"""Wire messages, three-way merge, the sync engine and its HTTP transport."""
