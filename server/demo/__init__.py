"""A made-up service to try the product with: `run` starts it, `seeding.seed` only writes its story."""

from __future__ import annotations

from server.demo.running import run

__all__ = ["run"]
