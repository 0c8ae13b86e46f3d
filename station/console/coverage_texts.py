"""The texts of the coverage page, each once, by a name that the template uses: what a translator needs."""

from collections.abc import Mapping

from station.coverage_counts import AT_ONCE, By, Entry

TEXTS: Mapping[str, str] = {
    "title": "Coverage",
    "hint": "Where and when there were contacts, and where there were none; never whose. What was withdrawn or replaced does "
    "not count, and what partners both logged counts once. Days since the last contact are counted up to the last day.",
    "export": "As CSV",
    "from": "From",
    "to": "Through",
    "area": "Area",
    "all": "All",
    "show": "Show",
    "span_to": "to",
    "contact": "contact",
    "contacts": "contacts",
    "contacts_head": "Contacts",
    "without": "RDs without a contact",
    "last_on": "last",
    "never": "never",
    "by_area": "By area",
    "with_contact": "RDs with a contact",
    "of": "of",
    "not_listed": "No RD, or not in the list",
    "map": "Map",
    "picture": "The RDs, north up, each with its contacts; the table of RDs says the same.",
    "map_key": "Contacts in an RD",
    "key_none": "None",
    "unnumbered": "Where there is no room for its numbers in the picture, an RD has none; the table has them all.",
    "by_rd": "By RD",
    "rd": "RD",
    "last": "Last contact",
    "days": "Days since",
    "missing": "Missing",
    "entry_hint": "From the contact to when it was first entered, both by the device's own clock. What is later than the "
    "station's limit is flagged on its worksheet.",
    "backwards": "The last day is before the first one. Change one of them.",
    "too_long": "That is too long at once: choose at most {days} days.",
}
BY_WORDS: Mapping[By, str] = {
    By.SETTING: "Setting",
    By.WATCH: "Watch",
    By.WEEKDAY: "Day of the week",
    By.HOUR: "Hour of the day",
    By.ENTRY: "Entered after the contact",
}
ENTRY_WORDS: Mapping[Entry, str] = {
    Entry.AT_ONCE: f"Within {AT_ONCE.seconds // 60} minutes",
    Entry.HOUR: "Within an hour",
    Entry.IN_TIME: "Later, in time",
    Entry.LATE: "Late, over {minutes} minutes",
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
