"""Choosing a picture with the platform's own picker.

On a tablet the picker names a file, often a copy that it made in the app's own cache; that copy is removed once it was
read, so that no picture lies unsealed. In a browser it gives the bytes.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any, Final

import flet as ft

from fieldapp.domain.attachments import MAX_BYTES, NotAPictureError, TooLargePictureError

CACHE: Final = "FLET_APP_STORAGE_TEMP"
"""Names the app's own cache on a tablet."""


class Picker:
    """The picker of one page. Kept as long as the page: Flet drops a service that nobody holds."""

    def __init__(self, page: ft.Page) -> None:
        self._page = page
        self._picker = ft.FilePicker()

    async def choose(self) -> bytes | None:
        """The bytes of one picture, None where nothing was chosen.

        Raises:
            TooLargePictureError, NotAPictureError: also where the file cannot be read.
        """
        files = await self._picker.pick_files(
            file_type=ft.FilePickerFileType.IMAGE,
            with_data=bool(self._page.web),
            cancel_upload_on_window_blur=False,
        )
        if not files:
            return None
        found = files[0]
        if found.size > MAX_BYTES:
            raise TooLargePictureError
        data: Any = vars(found)["bytes"]
        if data is not None:
            return bytes(data)
        if found.path is None:
            raise NotAPictureError
        return await asyncio.to_thread(read_picked, Path(found.path), os.environ.get(CACHE))


def read_picked(path: Path, cache: str | None) -> bytes:
    """What is in the file, at most one byte more than a picture may have; a copy in `cache` is removed.

    Raises:
        NotAPictureError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if cache and path.resolve().is_relative_to(Path(cache).resolve()):
            path.unlink()
    except OSError as error:
        raise NotAPictureError from error
    return data
