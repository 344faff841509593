"""The kinds of single values that a ladder file holds, each refusing what it cannot be."""

from __future__ import annotations

import re
from math import isfinite
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StrictFloat, StrictInt, StrictStr
from pydantic_core import PydanticCustomError

_URL = re.compile(r"(https?://|mailto:)\S+")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def _check_id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise PydanticCustomError("ladder_id", "an id of letters, digits, dot, dash and underscore")
    return value


def _check_words(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("ladder_words", "text that is not empty")
    return value


def _check_number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise PydanticCustomError("ladder_number", "a number")
    return value


def _check_weight(value: float) -> float:
    if value < 0:
        raise PydanticCustomError("ladder_weight", "a number from 0")
    return value


def _check_url(value: str) -> str:
    if not _URL.fullmatch(value):
        raise PydanticCustomError("ladder_url", "an address that begins with https://, http:// or mailto:")
    return value


Id = Annotated[StrictStr, AfterValidator(_check_id)]
Words = Annotated[StrictStr, AfterValidator(_check_words)]
Url = Annotated[StrictStr, AfterValidator(_check_url)]
Number = Annotated[StrictInt | StrictFloat, BeforeValidator(_check_number)]
Weight = Annotated[Number, AfterValidator(_check_weight)]
Count = Annotated[StrictInt, Field(ge=0)]
