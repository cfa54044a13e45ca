"""Where a tablet build starts the app: the folder of this file is the app's folder on the device."""

from __future__ import annotations

import runpy

if __name__ == "__main__":
    runpy.run_module("fieldapp.main", run_name="__main__")
