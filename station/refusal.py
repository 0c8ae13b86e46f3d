"""A request that the station refuses, with the problem that says why."""

from http import HTTPStatus

from sync.problem import Problem, Trouble

STATUSES: dict[Trouble, HTTPStatus] = {
    Trouble.MALFORMED: HTTPStatus.BAD_REQUEST,
    Trouble.WRONG_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Trouble.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Trouble.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Trouble.WRONG_METHOD: HTTPStatus.METHOD_NOT_ALLOWED,
    Trouble.CODE_REFUSED: HTTPStatus.FORBIDDEN,
    Trouble.DEVICE_UNKNOWN: HTTPStatus.UNAUTHORIZED,
    Trouble.DEVICE_REVOKED: HTTPStatus.FORBIDDEN,
    Trouble.SIGNATURE_BAD: HTTPStatus.UNAUTHORIZED,
    Trouble.CHALLENGE_STALE: HTTPStatus.UNAUTHORIZED,
    Trouble.CANNOT_STORE: HTTPStatus.SERVICE_UNAVAILABLE,
    Trouble.FAULT: HTTPStatus.INTERNAL_SERVER_ERROR,
}


class Refused(Exception):
    """A request is refused; `detail` is a sentence that says what to do."""

    def __init__(self, trouble: Trouble, detail: str, challenge: str | None = None) -> None:
        super().__init__(detail)
        self.problem = Problem(trouble, int(STATUSES[trouble]), detail, challenge)
