"""The tablet app: the day's visits, recorded offline in a sealed store and synced when there is signal."""
