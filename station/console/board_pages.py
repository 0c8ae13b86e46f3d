"""The board of the running watch: a page that is whole when it is loaded, and a stream that keeps it so."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from station import sessions
from station.boards import coverage, newest_receipt, running
from station.console.board_views import heard_row, run_words
from station.console.device_texts import TEXTS
from station.console.pages import Pages
from station.console.refusals import NotShown
from station.console.streams import Streams, TooManyStreams, event, passes
from station.console.visits import Visit, visit_of
from station.database import CANNOT_NOW, Database
from station.device_states import DeviceState, page_of_devices
from station.permissions import BOARD_STREAM, reach_of
from station.references import freshen
from sync.reference import Reference

# How soon a contact that came in is on the board, whichever worker took it in: nobody watches more closely than this.
ASK_SECONDS = 3.0
# A line that says nothing, so that a browser that has gone is noticed and nothing between closes an idle connection.
HEARTBEAT_SECONDS = 15.0
# How soon a browser asks again that lost the stream.
_AGAIN_MILLISECONDS = 5_000


@dataclass(frozen=True, slots=True)
class BoardPages:
    """The board and its stream."""

    database: Database
    reference: Reference
    now: Callable[[], datetime]
    pages: Pages
    streams: Streams

    def board(self, request: Request) -> Response:
        """The board as it is now."""
        return self.pages.page("board.html", visit_of(request), self._values())

    def stream(self, request: Request) -> Response:
        """The board again each time that it has changed, until the session ends."""
        if self.streams.is_full():
            raise NotShown(HTTPStatus.SERVICE_UNAVAILABLE, TEXTS["board_full"])
        return StreamingResponse(self._events(visit_of(request)), media_type="text/event-stream")

    async def _events(self, visit: Visit) -> AsyncIterator[str]:
        try:
            with self.streams.one() as over:
                yield f"retry: {_AGAIN_MILLISECONDS}\n\n"
                shown: object = None
                silent = 0.0
                while (mark := await run_in_threadpool(self._mark, visit)) is not None:
                    silent += ASK_SECONDS
                    if mark != shown:
                        shown, silent = mark, 0.0
                        yield event(await run_in_threadpool(self._part, visit))
                    elif silent >= HEARTBEAT_SECONDS:
                        silent = 0.0
                        yield ": here\n\n"
                    if not await passes(ASK_SECONDS, over):
                        return
        except (TooManyStreams, *CANNOT_NOW):
            return  # the browser asks again by itself

    def _mark(self, visit: Visit) -> tuple[int, int] | None:
        """What changes when the board does: the newest receipt, and the minute. None when the session has ended."""
        who = sessions.find(self.database, visit.secret, self.now(), is_use=False)
        if who is None or who.step is not None or reach_of(who.role, *BOARD_STREAM) is None:
            return None
        with self.database.reading() as session:
            return newest_receipt(session), int(self.now().timestamp() // 60)

    def _part(self, visit: Visit) -> str:
        return self.pages.part("board_now.html", visit, self._values())

    def _values(self) -> dict[str, object]:
        now = self.now()
        with self.database.reading() as session:
            freshen(session, self.reference)
            reference = self.reference.at(now)
            found = [(run, coverage(session, run)) for run in running(reference, now)]
            devices = page_of_devices(session, DeviceState.ENROLLED)
        return {
            "words": TEXTS,
            "runs": [run_words(run, each, reference, TEXTS["rd_missing"]) for run, each in found],
            "rows": [heard_row(each, now) for each in devices],
            "at": f"{now.astimezone(reference.zone):%H:%M}",
        }


def add_board_routes(router: APIRouter, pages: BoardPages) -> None:
    """Add the routes of the board."""
    router.add_api_route("/board", pages.board, methods=["GET"])
    router.add_api_route(BOARD_STREAM[1], pages.stream, methods=["GET"])
