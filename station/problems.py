"""Every refusal over HTTP as a problem document (RFC 9457): no path leads to an answer without a sentence."""

import json
import logging
import os

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from station.logs import fault_place, route_of
from station.refusal import Refused
from sync.commandline import DEBUG_VARIABLE
from sync.problem import MEDIA_TYPE, Problem, Trouble, problem_to_json

_LOG = logging.getLogger("station755")
# When the disk is full or the database busy, a minute gives somebody time to see to it.
RETRY_AFTER_SECONDS = 60

_BY_STATUS: dict[int, tuple[Trouble, str]] = {
    404: (Trouble.NOT_FOUND, "There is nothing at this address. Devices use /v1/exchange and /v1/enrol."),
    405: (Trouble.WRONG_METHOD, "This address does not take that method. Devices use POST."),
}


def add_problems(app: FastAPI) -> None:
    """Answer every refusal and fault with a problem document."""

    @app.exception_handler(Refused)
    async def refused(_request: Request, refusal: Refused) -> Response:
        return _answer(refusal.problem)

    @app.exception_handler(HTTPException)
    async def no_route(_request: Request, problem: HTTPException) -> Response:
        trouble, detail = _BY_STATUS.get(problem.status_code, (Trouble.MALFORMED, str(problem.detail)))
        return _answer(Problem(trouble, problem.status_code, detail), dict(problem.headers or {}))

    @app.exception_handler(Exception)
    async def fault(request: Request, problem: Exception) -> Response:
        trace = problem if os.environ.get(DEBUG_VARIABLE) else None
        _LOG.error("fault at %s %s: %s", request.method, route_of(request.scope), fault_place(problem), exc_info=trace)
        detail = "A fault in the station. Everything stays on the device: try again later."
        return _answer(Problem(Trouble.FAULT, 500, detail))


def _answer(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    waiting = {"Retry-After": str(RETRY_AFTER_SECONDS)} if problem.trouble is Trouble.CANNOT_STORE else {}
    body = json.dumps(problem_to_json(problem))
    return Response(body, status_code=problem.status, media_type=MEDIA_TYPE, headers={**(headers or {}), **waiting})
