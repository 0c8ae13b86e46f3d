"""What a tap on the screen does: ask the logbook on the store's thread, then show what came of it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from field_app.attempts import ending, enrolled, exported, look, signed_on, tried
from field_app.briefing_actions import BriefingActions
from field_app.card_actions import CardActions
from field_app.code_actions import CodeActions
from field_app.courier import Courier
from field_app.entries import Entry
from field_app.hand import Hand
from field_app.logbook import UNDO_REASON, Details
from field_app.moments import clock_text
from field_app.once import once
from field_app.shift import Shift
from field_app.short_line import ShortLine
from field_app.state import AppState, Ending, Screen, SigningOn
from field_app.theme import Light
from field_app.view import View
from field_app.writer import Writer
from sync.outcome import Outcome
from sync.records import Role, Source
from sync.rules import STOP_ADVICE, STOP_REASON
from sync.verdicts import State

# A gloved finger often lands twice; a second contact within a second is no contact.
DEBOUNCE_SECONDS = 1.0
_STILL_LOGGING = "The tap before is still being logged. This one is not."
_NOT_SAVED = "The file could not be saved here. What you logged is safe."
_LOG = logging.getLogger("contact755")
_Result = TypeVar("_Result")
# Keeps a file of this name and content where the person wants it; whether they did.
KeepFile = Callable[[str, bytes], Awaitable[bool]]


class Actions:
    """Everything that the screens can ask for. Nothing here raises; problems become a sentence on the screen."""

    def __init__(
        self,
        state: AppState,
        hand: Hand,
        writer: Writer,
        courier: Courier,
        dress: Callable[[Light], None],
        locked: Callable[[], Awaitable[None]],
        keep_file: KeepFile,
        forgot: Callable[[], None],
    ) -> None:
        self._state = state
        self._hand = hand
        self._writer = writer
        self._courier = courier
        self._dress = dress
        self._locked = locked
        self._keep_file = keep_file
        self.forgot = forgot
        self.cards = CardActions(state, hand, self._once, self._told)
        self.codes = CodeActions(state, hand)
        self.briefings = BriefingActions(state, hand, self._once, self._told)
        self._line = ShortLine(state)
        self._tapped_at = float("-inf")
        self._is_logging = self._is_changing = False

    async def sign_on(self, who: SigningOn) -> None:
        """Start a shift."""
        shift = await self._once(lambda: signed_on(self._hand, who))
        if shift is not None:
            self._courier.ask()

    async def sign_off(self) -> None:
        """Ask how the shift ends: signed, or not, and what is not sent; with nothing to ask, it ends."""
        found = await self._once(lambda: ending(self._hand))
        if found is not None and not found.worksheets and not self._state.view.count(State.READY_TO_SEND):
            await self.end_shift(None)
        else:
            self._state.ending = found

    async def end_shift(self, pin: str | None) -> None:
        """End the shift, with the worksheet signed or (None) not; a store that a PIN opened is locked."""
        before = self._state.ending or Ending(0, needs_pin=False)
        if self._state.view.shift is None or before.is_under_way:
            return
        asked = self._state.ending = replace(before, is_under_way=True)
        try:
            if pin is None or await self._once(lambda: self._hand.sign_worksheet(pin)) is not None:
                await self._send_last()
                if self._state.ending is asked:  # else the person has gone back meanwhile
                    await self._end()
        finally:
            if self._state.ending is asked:
                self._state.ending = before

    async def _send_last(self) -> None:
        if self._courier.news.is_reachable:
            await self._courier.send_now()  # else the signed worksheet would wait for the next shift
            if self._courier.news.outcome is Outcome.FAULT:  # a batch has two tries before it is halved,
                await self._courier.send_now()  # and then come the others

    async def _end(self) -> None:
        self._line.forget()
        if await self._once(self._hand.logbook.sign_off) is not None:
            self._state.ending = None
            await self._do(self._hand.keyring.lock)
            await self._locked()

    def go_on(self) -> None:
        """The shift does not end yet."""
        self._state.ending = None

    async def tap(self, setting: str) -> None:
        """Log one contact of this setting with the values that are set; debounced, however long the disk takes."""
        now = time.monotonic()
        if now - self._tapped_at < DEBOUNCE_SECONDS:
            return
        if self._is_logging:
            self._state.problem = _STILL_LOGGING
            return
        self._tapped_at, self._is_logging = now, True
        state, tag = self._state, self._state.tag
        known = self._hand.current.settings.get(setting)  # gone if the button was on its way out
        details = Details(
            setting,
            source=(known.always_source if known is not None else None) or state.source,
            rd=state.rd,
            tag=tag.strip() or None,
        )
        entry = None
        try:
            entry = await self._do(lambda: self._hand.logbook.log(details))
        finally:
            self._is_logging = False
            # If nothing was logged, the next tap may follow at once; else the finger has seen it only now.
            self._tapped_at = float("-inf") if entry is None else time.monotonic()
        if entry is None:
            return
        if state.tag == tag:
            state.tag = ""  # one tag, one contact; what was typed since is the next one's
        self._line.offer_undo(self._words("Logged", entry), entry.contact.id)
        self._courier.nudge()

    def choose_source(self, source: Source) -> None:
        """Set the source of the next contacts."""
        self._state.source = source

    def choose_rd(self, rd: str | None) -> None:
        """Set the RD of the next contacts."""
        self._state.rd = rd

    def write_tag(self, tag: str) -> None:
        """Set the tag of the next contact."""
        self._state.tag = tag

    def note_typing(self, *, is_typing: bool) -> None:
        """While a field has the focus, digits are text."""
        self._state.is_typing = is_typing

    async def undo(self) -> None:
        """Take back the contact that the line names; a finger that lands twice takes back no other."""
        contact_id, self._line.undoable = self._line.undoable, None
        if contact_id is None:
            return
        entry = await self._do(lambda: self._hand.logbook.withdraw(contact_id, UNDO_REASON))
        if entry is None:
            self._line.undoable = contact_id
            return
        self._line.say(self._words("Undone", entry))

    async def withdraw(self, contact_id: str, reason: str) -> None:
        """Take a contact back; if it was a stop, say what a stop needs instead."""
        if not self._is_on_screen(contact_id):
            return
        if await self._once(lambda: self._hand.logbook.withdraw(contact_id, reason)) is not None:
            self._changed()
            self._state.advice = STOP_ADVICE if reason == STOP_REASON else None

    async def correct(self, contact_id: str, changes: Mapping[str, object]) -> None:
        """Log a corrected contact in place of one; with nothing changed, nothing is logged."""
        if not self._is_on_screen(contact_id):
            return
        if not changes or await self._once(lambda: self._hand.logbook.correct(contact_id, changes)) is not None:
            self._changed()

    def _is_on_screen(self, contact_id: str) -> bool:
        editing = self._state.editing  # closed by the first tap, if a finger landed twice
        return editing is not None and editing.contact.id == contact_id

    def _changed(self) -> None:
        self._line.forget()  # its Undo would take back something else by now
        self._state.editing = None
        self._courier.nudge()

    async def turn_light(self) -> None:
        """Day, night, night red, and day again."""
        lights = list(Light)
        self._state.light = lights[(lights.index(self._state.light) + 1) % len(lights)]
        self._dress(self._state.light)

    async def send(self) -> None:
        """Send now, whatever the courier's next try would be."""
        await self._courier.send_now()

    @once
    async def save_file(self) -> None:
        """Save what the station does not have as one file, for somebody to carry there; everything stays ready to send."""
        try:
            made, self._state.problem = await asyncio.to_thread(tried, lambda: exported(self._hand))
            if made is not None and await self._keep_file(made[0], made[1].data):
                self._line.say(f"Saved as {made[0]}. Take it to the station.")
        except Exception:  # noqa: BLE001 - whatever Flet or the browser says, the sentence is ours
            _LOG.exception("saving a file")
            self._state.problem = _NOT_SAVED

    async def enrol(self, address: str, code: str) -> None:
        """Enrol the device; the network has a thread of its own, so that a tap elsewhere need not wait for it."""
        if self._state.asks_to_enrol:
            return
        self._state.asks_to_enrol = True
        try:
            station, self._state.problem = await asyncio.to_thread(tried, lambda: enrolled(self._hand, address, code))
        finally:
            self._state.asks_to_enrol = False
        if station is not None:
            self._state.is_enrolling = False
            self._line.say(f"Enrolled at {station.station} as {station.name}")
            await self._courier.send_now()

    async def refresh(self) -> None:
        """Show the store as it is, whichever process changed it."""
        before = self._state.view
        self._show(await self._writer.run(lambda: look(before, self._hand)))

    async def _once(self, call: Callable[[], _Result]) -> _Result | None:
        """As _do, but ignored while the one before is not done: a finger often lands twice."""
        if self._is_changing:
            return None
        self._is_changing = True
        try:
            return await self._do(call)
        finally:
            self._is_changing = False

    async def _do(self, call: Callable[[], _Result]) -> _Result | None:
        """Do it and look at what it changed, in one turn of the store's thread, so that the screen is drawn once."""
        before = self._state.view

        def do_and_look() -> tuple[_Result | None, str | None, View | str]:
            result, problem = tried(call)
            return result, problem, look(before, self._hand)

        result, problem, seen = await self._writer.run(do_and_look)
        self._show(seen)
        self._state.problem = problem
        return result

    def _show(self, seen: View | str) -> None:
        state = self._state
        if isinstance(seen, str):
            state.unread = seen
            return
        if seen != state.view:
            before, state.view = state.view, seen
            if seen.shift != before.shift:
                self._begin_anew(seen.shift)
            if seen.reference is not None and state.rd is not None and seen.reference.area_of(state.rd) is None:
                state.rd = None  # it is no RD of the station any more
        state.unread, state.is_open = None, True

    def _begin_anew(self, shift: Shift | None) -> None:
        """Whoever signs on, in whatever window or program: what the one before was asked, was told or had set is not theirs."""
        state = self._state
        state.screen, state.source = Screen.LOG, Source.COUNTER if shift and shift.role is Role.DESK else Source.OBS
        state.rd, state.tag = None, ""
        state.editing = state.ending = state.cards = state.reading = state.advice = state.problem = None
        self.codes.leave()
        self._line.forget()

    def _words(self, verb: str, entry: Entry) -> str:
        contact = entry.contact
        reference = self._hand.reference.at(contact.claimed_at)
        parts = [
            f"{verb} {clock_text(contact.claimed_at, reference.zone)}",
            reference.label_of(contact.setting),
            f"RD {contact.rd}" if contact.rd else "no RD",
        ]
        return " · ".join(parts)

    def _told(self, words: str) -> None:
        self._line.say(words)
        self._courier.nudge()
