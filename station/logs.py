"""What the station tells on its standard error: sentences for people, or a line of JSON each for programs."""

import logging
import traceback
from collections.abc import Mapping
from typing import Any

from pythonjsonlogger.json import JsonFormatter

_FIELDS = "{levelname}{message}"


def tell(*, as_json: bool) -> None:
    """Tell faults and warnings in sentences; as JSON also every answer and happening. Nobody's number is in any of it."""
    handler = logging.StreamHandler()
    if as_json:
        handler.setFormatter(JsonFormatter(_FIELDS, style="{", rename_fields={"levelname": "level"}, timestamp="at"))
    else:
        handler.setFormatter(logging.Formatter("%(message)s"))
    log = logging.getLogger("station755")
    log.addHandler(handler)
    log.setLevel(logging.INFO if as_json else logging.WARNING)


def fault_place(problem: Exception) -> str:
    """What went wrong and where, without the text of it, which may hold somebody's data."""
    frames = traceback.extract_tb(problem.__traceback__)
    at = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(problem).__name__}{at}"


def route_of(scope: Mapping[str, Any]) -> str:
    """The pattern of the route that a request has come to, without what stands in its place; empty if there is none."""
    return str(getattr(scope.get("route"), "path", ""))
