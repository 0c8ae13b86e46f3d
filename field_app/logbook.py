"""What a person in the field can do: sign on, log, undo, correct, withdraw, look. No screen, no network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from field_app.clock import Clock
from field_app.device import Device
from field_app.entries import Entry, Tally, entry_of
from field_app.page import Page
from field_app.refusals import BadInput, NoSuchContact, NotSignedOn
from field_app.shift import Shift, shift_from_note, shift_to_note
from field_app.stamps import check_form, stamp_of
from field_app.store.records import RecordStore
from field_app.worksheets import Sheet, check_size, signed, to_confirm
from sync.limits import BEHIND_DAYS_MAX
from sync.records import (
    Contact,
    Role,
    Source,
    Withdrawal,
    Worksheet,
)
from sync.reference import Reference
from sync.rules import problems_with

UNDO_REASON = "undo"
# The end of an id is enough to name a contact, if it is not so short that a slip of one key finds another.
ID_CHARACTERS_MIN = 4
_SHIFT = "shift"


@dataclass(frozen=True, slots=True)
class Details:
    """What a person says of a contact; what is left out has a sensible value (now, obs, one person, one card)."""

    setting: str
    source: Source | None = None
    rd: str | None = None
    tag: str | None = None
    people: int = 1
    cards: int = 1
    minutes: int | None = None
    note: str | None = None
    claimed_at: datetime | None = None


class Logbook:
    """The logbook of whoever is signed on at this device."""

    def __init__(self, store: RecordStore, clock: Clock, reference: Reference) -> None:
        self._store = store
        self._device = Device(store)
        self._clock = clock
        self._reference = reference
        self._shift_note: dict[str, Any] | None = None
        self._shift: Shift | None = None
        self._page: Page | None = None

    def shift(self) -> Shift | None:
        """Who is signed on, or None."""
        note = self._store.note(_SHIFT)
        if note != self._shift_note:  # asked twice at every tap, and seldom another
            self._shift_note, self._shift = note, None if note is None else shift_from_note(note)
        return self._shift

    def sign_on(self, person: str, role: Role, watch: str, unit: str | None) -> Shift:
        """Sign a person on, in place of whoever was. Raises BadInput, StoreFault."""
        shift = self.shift_of(person, role, watch, unit)
        self._store.keep_note(_SHIFT, shift_to_note(shift))
        return shift

    def shift_of(self, person: str, role: Role, watch: str, unit: str | None) -> Shift:
        """The shift that a sign-on would begin now; nothing is kept. Raises BadInput, StoreFault."""
        shift = Shift(person, role, watch, unit, self._clock.now(), self._store.sequence_last())
        # The rules of a contact hold for whoever logs it: better asked now than at the first tap.
        self._checked(self._contact(shift, Details(setting="other"), sequence=1))
        return shift

    def sign_off(self) -> Shift:
        """End the shift; its contacts stay here until the station has them. Raises NotSignedOn, StoreFault."""
        shift = self._signed_on()
        self._store.drop_note(_SHIFT)
        return shift

    def to_confirm(self) -> Mapping[Sheet, tuple[str, ...]]:
        """The contacts on the worksheets that this shift has changed. Raises NotSignedOn."""
        shift, page = self._signed_on(), self.page()
        entries, confirmed = page.entries(with_past=True), page.confirmed_by(shift.person)
        return to_confirm(shift, entries, page.withdrawn_in(shift), confirmed, self._reference)

    def confirm(self, private_key: str | None) -> list[Worksheet]:
        """Keep a record for each worksheet, signed if there is a key (hexadecimal).

        Raises BadInput, NotSignedOn, StoreFault.
        """
        shift = self._signed_on()
        makers = [
            lambda sequence, sheet=sheet, ids=ids: self._worksheet(shift, sheet, ids, private_key, sequence)
            for sheet, ids in self.to_confirm().items()
        ]
        return [record for record in self._store.add(makers) if isinstance(record, Worksheet)] if makers else []

    def log(self, details: Details) -> Entry:
        """Log one contact: when this returns, it is on the disk. Raises BadInput, NotSignedOn, StoreFault."""
        shift = self._signed_on()
        self._check_claim(details.claimed_at)
        return self._keep(lambda sequence: self._contact(shift, details, sequence))

    def correct(self, spelled_id: str, changes: Mapping[str, Any]) -> Entry:
        """Log a new contact in place of one of this person's. `changes` are values of Contact by name.

        Raises NoSuchContact, BadInput, NotSignedOn, StoreFault.
        """
        original = self._own(spelled_id)
        if not changes:
            raise BadInput("Nothing to correct. Say what is to change, like --rd 0454.")
        self._check_claim(changes.get("claimed_at"))
        source = changes.get("source") or self._source_after(original, changes)

        def make(sequence: int) -> Contact:
            stamp = self._stamp(original.person, sequence)
            return replace(original, **{**changes, **stamp, "source": source, "corrects": original.id, "extra": {}})

        return self._keep(make)

    def withdraw(self, spelled_id: str, reason: str) -> Entry:
        """Take a contact back, and with it whatever it corrected. Raises NoSuchContact, BadInput, NotSignedOn, StoreFault."""
        contact = self._own(spelled_id)
        by_id = {entry.contact.id: entry.contact for entry in self.entries(with_past=True)}
        line = [contact]
        while (earlier := by_id.get(line[-1].corrects or "")) is not None:
            line.append(earlier)
        return self._take_back(line, reason)

    def undo(self) -> Entry:
        """Take back the last contact of this shift; if it corrected another, that one stands again.

        Raises NoSuchContact, NotSignedOn, StoreFault.
        """
        shift = self._signed_on()
        last = next((entry.contact for entry in self.entries() if shift.has(entry.contact)), None)
        if last is None:
            raise NoSuchContact("There is nothing to undo in this shift.")
        return self._take_back([last], UNDO_REASON)

    def entries(self, *, with_past: bool = False) -> list[Entry]:
        """The contacts on this device, latest first; `with_past` shows those withdrawn or replaced too."""
        return self.page().entries(with_past=with_past)

    def page(self) -> Page:
        """The page of this device's contacts, with all that was written until now, whichever process wrote it."""
        with self._store.reading():  # held by one thread: nobody sees a page that was not told everything yet
            if self._page is None:  # not made before somebody looks: a tap on the command line needs none
                page = Page()
                self._store.listen("page", page)
                self._page = page
            self._page.catch_up()
            return self._page

    def tally(self) -> Tally:
        """How many contacts are ready to send, sent, and in need of attention."""
        return Tally(
            contacts=self.page().counts(),
            records_ready=len(self._store.ready_ids()),
            oldest_ready_seconds=self.oldest_ready_seconds(),
        )

    def oldest_ready_seconds(self) -> int | None:
        """The age of the oldest record that is ready to send, None if nothing is."""
        oldest = self.page().oldest_ready_at()
        return None if oldest is None else max(0, int((self._clock.now() - oldest).total_seconds()))

    def _signed_on(self) -> Shift:
        shift = self.shift()
        if shift is None:
            raise NotSignedOn
        return shift

    def _own(self, spelled_id: str) -> Contact:
        """The one contact of the person signed on that an id, or the end of one, names."""
        shift = self._signed_on()
        wanted = spelled_id.strip().lower()
        entries = self.entries(with_past=True)
        if len(wanted) < ID_CHARACTERS_MIN:
            raise NoSuchContact(f"Give at least the last {ID_CHARACTERS_MIN} characters of the contact's id.")
        found = [entry for entry in entries if entry.contact.id.endswith(wanted)]
        if len(found) != 1:
            how_many = "No contact has" if not found else f"{len(found)} contacts have"
            raise NoSuchContact(f"{how_many} an id ending in {spelled_id}. See: contact755 list")
        entry = found[0]
        if entry.contact.person != shift.person:
            raise NoSuchContact("That contact was logged by someone else. Only that person can change it.")
        if not entry.stands:
            raise NoSuchContact("That contact was withdrawn or corrected already. See: contact755 list")
        return entry.contact

    def _keep(self, make: Callable[[int], Contact]) -> Entry:
        made: list[Contact] = []

        def checked(sequence: int) -> Contact:
            made.append(self._checked(make(sequence)))
            return made[-1]

        self._store.add([checked])
        return entry_of(made[-1])

    def _take_back(self, contacts: list[Contact], reason: str) -> Entry:
        self._store.add(
            [lambda sequence, named=contact: self._withdrawal(named, reason, sequence) for contact in contacts]  # type: ignore[misc]  # mypy cannot see a lambda's default
        )
        verdict = self._store.verdicts().get(contacts[0].id)
        return entry_of(contacts[0], verdict, stands=False)

    def _contact(self, shift: Shift, details: Details, sequence: int) -> Contact:
        stamp = self._stamp(shift.person, sequence)
        return Contact(
            **stamp,
            claimed_at=details.claimed_at or stamp["entered_at"],
            setting=details.setting,
            source=details.source or self._usual_source(details.setting),
            role=shift.role,
            watch=shift.watch,
            unit=shift.unit,
            rd=details.rd,
            tag=details.tag,
            people=details.people,
            cards=details.cards,
            minutes=details.minutes,
            note=details.note,
        )

    def _withdrawal(self, contact: Contact, reason: str, sequence: int) -> Withdrawal:
        withdrawal = Withdrawal(**self._stamp(contact.person, sequence), withdraws=contact.id, reason=reason)
        check_form(withdrawal)
        return withdrawal

    def _worksheet(
        self, shift: Shift, sheet: Sheet, contacts: tuple[str, ...], private_key: str | None, sequence: int
    ) -> Worksheet:
        check_size(contacts)
        stamp = self._stamp(shift.person, sequence)
        found = Worksheet(**stamp, watch=sheet.watch, shift_on=sheet.on, unit=shift.unit, contacts=contacts)
        made = found if private_key is None else signed(found, private_key)
        check_form(made)
        return made

    def _stamp(self, person: str, sequence: int) -> dict[str, Any]:
        return stamp_of(self._clock, self._device, person, sequence)

    def _check_claim(self, claimed_at: datetime | None) -> None:
        """A time that was typed is no later than now, and no slip of the date."""
        now = self._clock.now()
        if claimed_at is None or now - timedelta(days=BEHIND_DAYS_MAX) <= claimed_at <= now:
            return
        wrong = "That time has not come yet" if claimed_at > now else f"That is more than {BEHIND_DAYS_MAX} days ago"
        here = now.astimezone(self._reference.at(now).zone).strftime("%Y-%m-%d %H:%M")
        raise BadInput(
            f"{wrong}: this device's clock says {here}. Check what you typed; if the clock is wrong, leave the time out."
        )

    def _checked(self, contact: Contact) -> Contact:
        check_form(contact)
        problems = problems_with(contact, self._reference)
        if problems:
            raise BadInput(" ".join(problems))
        return contact

    def _usual_source(self, setting: str) -> Source:
        return self._always_source(setting) or Source.OBS

    def _always_source(self, setting: str) -> Source | None:
        known = self._reference.at(self._clock.now()).settings.get(setting)
        return None if known is None else known.always_source

    def _source_after(self, original: Contact, changes: Mapping[str, Any]) -> Source:
        """A correction keeps its source, unless the setting that it comes to, or from, leaves no choice."""
        if "setting" not in changes:
            return original.source
        had_none = self._always_source(original.setting) is not None
        return (
            self._usual_source(changes["setting"])
            if had_none
            else self._always_source(changes["setting"]) or original.source
        )
