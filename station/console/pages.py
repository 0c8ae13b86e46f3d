"""Pages from templates. Everything written into one is escaped; a name that a template misspells is a fault."""

from collections.abc import Callable, Mapping
from functools import cache
from http import HTTPStatus

from fastapi import Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from station.console.texts import TEXTS
from station.console.visits import Visit

_NOBODY = Visit("", None, "")


@cache
def _templates() -> Environment:
    """All of them, each read when it is first asked for: the same for every station in this process."""
    templates = Environment(
        loader=PackageLoader("station"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["texts"] = TEXTS
    return templates


class Pages:
    """The console's templates, with the station's name on each."""

    def __init__(self, station: Callable[[], str]) -> None:
        self._templates = _templates()
        self._station = station

    def page(
        self, template: str, visit: Visit, values: Mapping[str, object], status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        """A page for whoever visits."""
        text = self._templates.get_template(template).render(**values, visit=visit, station=self._station())
        return HTMLResponse(text, status_code=status)

    def part(self, template: str, visit: Visit, values: Mapping[str, object]) -> str:
        """A part of a page."""
        return self._templates.get_template(template).render(**values, visit=visit)

    def problem(self, status: HTTPStatus, sentence: str) -> Response:
        """A page that says why there is no page."""
        return self.page("problem.html", _NOBODY, {"title": status.phrase, "sentence": sentence}, status)
