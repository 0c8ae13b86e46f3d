"""The form of a briefing: what was typed, as a draft, and the form again as it was typed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from uuid import UUID

from station.briefings import Draft, Edition, Template
from station.console.briefing_texts import REPEATS_WORDS, TEXTS
from station.console.questions import choice_of, date_of
from station.console.refusals import NotShown
from station.console.texts import STATION_ROLE_WORDS
from station.rounds import Repeats
from sync.briefings import Audience
from sync.limits import BRIEFING_CHARACTERS_MAX, BRIEFING_TITLE_CHARACTERS_MAX
from sync.reference import Reference

# Every character of the longest text as a form writes it (%F0%9F%98%80), and the other fields.
FORM_BYTES_MAX = 12 * (BRIEFING_CHARACTERS_MAX + BRIEFING_TITLE_CHARACTERS_MAX) + 8_192
# A box for each watch, area and role of a large station, and the rest of the form.
FIELDS_MAX = 120
# A briefing is read within a week unless somebody says otherwise.
_DAYS_TO_READ = 7
_KINDS = ("watch", "area", "role")


@dataclass(frozen=True, slots=True)
class FormWords:
    """The form as it stands on the page."""

    title: str
    text: str
    chosen: frozenset[str]
    due_on: str
    repeats: str
    until: str


def form_of(template: Template | None, today: date) -> FormWords:
    """A form to begin with: a template's text, or nothing."""
    due_on = (today + timedelta(days=_DAYS_TO_READ)).isoformat()
    title, text = ("", "") if template is None else (template.title, template.text)
    return FormWords(title, text, frozenset(), due_on, Repeats.ONCE.value, "")


def form_of_edition(edition: Edition, today: date) -> FormWords:
    """The form of what was sent; the due days that are over are left out."""
    left = [day for day in edition.due if day >= today] or [today + timedelta(days=_DAYS_TO_READ)]
    audience = edition.audience
    named = zip(_KINDS, (audience.watches, audience.areas, audience.roles), strict=True)
    chosen = frozenset(f"{kind}.{name}" for kind, names in named for name in names)
    until = "" if edition.repeats is Repeats.ONCE else left[-1].isoformat()
    return FormWords(edition.title, edition.text, chosen, left[0].isoformat(), edition.repeats.value, until)


def form_typed(form: Mapping[str, str]) -> FormWords:
    """The form again, as it was typed."""
    chosen = frozenset(name for name in form if name.partition(".")[0] in _KINDS)
    return FormWords(
        form.get("title", ""),
        form.get("text", ""),
        chosen,
        form.get("due_on", ""),
        form.get("repeats", ""),
        form.get("until", ""),
    )


def draft_in(form: Mapping[str, str]) -> Draft:
    """What was typed, as a draft; every line ends alike, tabs are blanks, and blanks at its ends are nothing. Raises NotShown."""
    until = form.get("until", "").strip()
    names = [[name.partition(".")[2] for name in form if name.startswith(f"{kind}.")] for kind in _KINDS]
    return Draft(
        title=form.get("title", "").strip(),
        text="\n".join(line.expandtabs(4).rstrip() for line in form.get("text", "").splitlines()).strip("\n"),
        audience=Audience(*(tuple(sorted(each)) for each in names)),
        due_on=date_of(form.get("due_on", "").strip(), HTTPStatus.BAD_REQUEST),
        repeats=choice_of(Repeats, form.get("repeats", "")),
        until=date_of(until, HTTPStatus.BAD_REQUEST) if until else None,
    )


def key_in(form: Mapping[str, str]) -> UUID:
    """The id that the form brought with it: sent twice, it is one briefing. Raises NotShown."""
    try:
        return UUID(form.get("key", ""))
    except ValueError:
        raise NotShown(HTTPStatus.BAD_REQUEST, "That form cannot be read. Open the page again.") from None


def choices(reference: Reference) -> list[tuple[str, list[tuple[str, str]]]]:
    """The boxes of the audience: for each kind its heading, and names with their words."""
    watches = [(f"watch.{name}", watch.label) for name, watch in reference.watches.items()]
    areas = [(f"area.{name}", name) for name in reference.areas]
    roles = [(f"role.{role.value}", words) for role, words in STATION_ROLE_WORDS.items()]
    return [(TEXTS["roles"], roles), (TEXTS["watches"], watches), (TEXTS["areas"], areas)]


def repeats_choices() -> list[tuple[str, str]]:
    """How often it may come back: values and words."""
    return [(repeats.value, words) for repeats, words in REPEATS_WORDS.items()]
