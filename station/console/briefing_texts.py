"""The texts of the pages about briefings, each once, by a name that the templates use: what a translator needs."""

from collections.abc import Mapping

from station.briefing_readers import Reading
from station.rounds import Repeats

REPEATS_WORDS: Mapping[Repeats, str] = {
    Repeats.ONCE: "Once",
    Repeats.WEEKLY: "Every week",
    Repeats.FORTNIGHTLY: "Every two weeks",
    Repeats.MONTHLY: "Every month",
    Repeats.QUARTERLY: "Every three months",
}
READING_WORDS: Mapping[Reading, str] = {
    Reading.READ: "Read",
    Reading.READ_EARLIER: "Read an earlier edition",
    Reading.NOT_READ: "Not yet",
}
TEXTS: Mapping[str, str] = {
    # The list
    "title": "Briefings",
    "hint": "What is sent here is on every device with its next exchange. Whoever it is for reads it there, also in a dead "
    "zone, and says so; that comes back with what they log.",
    "write": "Write a briefing",
    "caption": "Briefings, the latest first",
    "briefing": "Briefing",
    "for_whom": "For",
    "due": "Due by",
    "repeats": "Repeats",
    "read": "Read",
    "state": "State",
    "none": "No briefing was sent yet.",
    "older": "Older",
    # Writing
    "new_title": "Write a briefing",
    "edition_title": "Another edition",
    "edition_hint": "What was sent stays as it was. This becomes a new edition: the devices show it in place of the one before, "
    "and everybody is asked to read it again.",
    "begin_with": "Begin with",
    "name": "Title",
    "text": "Text",
    "text_hint": "Markdown: a blank line begins a paragraph, - a list, ## a heading, **bold**. Links and pictures are shown as "
    "they are typed and lead nowhere. No names, plates or birth dates.",
    "audience": "For whom",
    "audience_hint": "Nothing chosen means everybody. The devices ask for watch and role; where somebody works is what they "
    "logged of late.",
    "watches": "Watches",
    "areas": "Areas",
    "roles": "Roles",
    "due_day": "To be read by",
    "until": "For the last time by",
    "until_hint": "Only if it repeats; a year at most.",
    "preview": "Look at it first",
    "send": "Send to the devices",
    "send_edition": "Send as a new edition",
    "preview_title": "As it will be read",
    # One briefing
    "all": "All briefings",
    "print": "Print it with the browser (Ctrl P): text first, then who has read it.",
    "edition": "Edition",
    "sent": "Sent",
    "as_csv": "Who has read it as CSV",
    "another_edition": "Another edition",
    "withdraw": "Withdraw",
    "withdraw_hint": "The devices show it no more. What was read stays noted here.",
    "withdrawn": "Withdrawn",
    "older_shown": "This is an earlier edition; the one that counts is",
    "editions": "Editions",
    "readers": "Who has read it",
    "round": "Due days",
    "nobody": "Nobody is known here whom it is for.",
    "unknown": "Nothing tells the watch or area of these, so nobody knows whether it is for them:",
    "not_asked": "not asked now",
    "person": "Person",
    "role": "Role",
    "watch": "Watch",
    "area": "Area",
    "when": "When",
    "watch_unknown": "Watch not known",
    "overdue": "overdue",
    "of": "of",
    "everybody": "Everybody",
    "over": "Over",
    "current": "Current",
    "overtaken": "Nothing was sent.",
    "too_many": "Choose fewer.",
}
