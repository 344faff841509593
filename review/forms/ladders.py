"""The form that publishes a ladder file, and the choices of its pages."""

from __future__ import annotations

from typing import cast

from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage

from review.adapters.file_kinds import find_name_fault, find_text_fault
from review.domain.errors import Fault
from review.domain.text import text
from review.forms.base import HouseForm, _


class PublishForm(HouseForm):
    """A ladder file to publish."""

    file = FileField(_("Ladder file"))

    def to_command(self) -> tuple[str, str] | Fault:
        """Return the text of the file and its name, or what is wrong with it."""
        upload = cast("FileStorage | None", self.file.data)
        if not isinstance(upload, FileStorage) or not upload.filename:
            return Fault(text("No file was chosen"), text("a YAML file in the format ladder/1"))
        data = upload.stream.read()
        fault = find_text_fault(data, upload.filename, text("a YAML file in the format ladder/1"))
        fault = fault or find_name_fault(upload.filename, "yaml")
        if fault is not None:
            return fault
        try:
            return data.decode("utf-8"), upload.filename
        except UnicodeDecodeError:
            return Fault(text("The file is not text in UTF-8"), text("UTF-8"), upload.filename)
