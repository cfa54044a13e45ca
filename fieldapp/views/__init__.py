"""Flet components, one module per screen, over the theme and shared controls."""
