"""People and their accounts as the pages show them. Pure."""

from dataclasses import dataclass
from datetime import datetime

from station.account_states import Account
from station.console.texts import ACCOUNT_WORDS, CHANGE_WORDS, PERSON_STATE_WORDS, STATION_ROLE_WORDS
from station.console.words import day_words
from station.people import Person
from station.roles import StationRole
from station.rosters import Change, Entry, State, kind_of_change
from sync.reference import Reference

# States of an account that wait for an administrator.
_ATTENTION = {"locked", "closed"}


@dataclass(frozen=True, slots=True)
class PersonWords:
    """A person as shown; `role` and `state` are the values of the form, the others words."""

    number: str
    role: StationRole
    state: State
    role_words: str
    state_words: str


@dataclass(frozen=True, slots=True)
class AccountWords:
    """An account as shown; `last_used` is empty where there is none."""

    words: str
    last_used: str
    needs_attention: bool


@dataclass(frozen=True, slots=True)
class ChangeWords:
    """What a roster changes about somebody, as shown."""

    number: str
    kind: str
    before: str
    after: str


def person_words(person: Person) -> PersonWords:
    """A person in words."""
    state = State.ACTIVE if person.left_at is None else State.LEFT
    return PersonWords(person.number, person.role, state, STATION_ROLE_WORDS[person.role], PERSON_STATE_WORDS[state])


def account_words(account: Account, reference: Reference) -> AccountWords:
    """An account in words."""
    last_used = "" if account.active_at is None else moment_words(account.active_at, reference)
    return AccountWords(ACCOUNT_WORDS[account.state], last_used, account.state.value in _ATTENTION)


def change_words(change: Change) -> ChangeWords:
    """A roster's change in words."""
    before = "" if change.before is None else _entry_words(change.before)
    return ChangeWords(change.after.number, CHANGE_WORDS[kind_of_change(change)], before, _entry_words(change.after))


def moment_words(at: datetime, reference: Reference) -> str:
    """A moment by the station's clock on the wall."""
    local = at.astimezone(reference.at(at).zone)
    return f"{day_words(local.date())}, {local:%H:%M}"


def role_choices() -> list[tuple[str, str]]:
    """The roles of a form: values and words."""
    return [(role.value, words) for role, words in STATION_ROLE_WORDS.items()]


def state_choices() -> list[tuple[str, str]]:
    """The states of a form: values and words."""
    return [(state.value, words) for state, words in PERSON_STATE_WORDS.items()]


def _entry_words(entry: Entry) -> str:
    words = STATION_ROLE_WORDS[entry.role]
    return words if entry.state is State.ACTIVE else f"{words}, {PERSON_STATE_WORDS[entry.state].lower()}"
