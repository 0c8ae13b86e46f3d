"""Every limit that hand and office share, with the reason beside the number."""

# People reached by one contact: at least the one spoken to; four digits hold any event in the station's area.
PEOPLE_MIN = 1
PEOPLE_MAX = 9_999
# Cards handed out (none is allowed: the citizen declined), or in one car; never more than four digits either.
CARDS_MAX = 9_999
# Minutes spent: a contact is never longer than a day.
MINUTES_MAX = 1_440
# Free text stays short: a note is a reminder, not a report (DOMAIN.md §4: no personal data).
NOTE_CHARACTERS_MAX = 500
REASON_CHARACTERS_MAX = 200
# A tag, unit or RD as typed; the station's own patterns are stricter.
CODE_CHARACTERS_MAX = 20
# JSON numbers keep their value in every language up to here (RFC 8259 §6).
INTEGER_MAX = 2**53 - 1

# A device's steady clock counts from its start; none has run for a hundred years.
MONOTONIC_MS_MAX = 100 * 365 * 24 * 3_600 * 1_000
# The wrongest clocks seen start at 1970; the upper end keeps every sum of times within what Python and databases hold.
YEAR_MIN = 1970
YEAR_MAX = 2999

# A note of 500 four-byte characters is 2,000 bytes; twice that leaves room for the rest of any record.
RECORD_BYTES_MAX = 4_096
# A worksheet names its contacts by id, and must fit into a record: eighty are ten an hour for eight hours.
WORKSHEET_CONTACTS_MAX = 80
# One exchange: a month of one deputy's contacts, some 40 KB on the wire; a link that drops costs one batch at most.
BATCH_RECORDS_MAX = 1_000
# The first batch of a send: a shift goes in one round trip, and a link that drops at once costs little.
BATCH_RECORDS_START = 200
# The body of one request: BATCH_RECORDS_START of the largest records and their envelope, not packed at all.
BODY_BYTES_MAX = 1_024 * 1_024
# Unpacked: a full batch of ordinary records has half a megabyte, one of the largest records four.
INFLATED_BYTES_MAX = 4 * BODY_BYTES_MAX + 64 * 1_024
# What one value for all records may make together: device, person, watch, unit, a note, of a full batch.
REPEATED_CHARACTERS_MAX = 4 * BODY_BYTES_MAX
# A receipt: 1,000 verdicts are 1,000 letters; even if each had the longest reason, they stay below.
ANSWER_BYTES_MAX = 1_024 * 1_024
# News in one receipt; more waits for the next exchange.
NEWS_ITEMS_MAX = 50
# A worksheet returned with a comment on each of its contacts, or a briefing.
NEWS_ITEM_BYTES_MAX = 8_192
# Notes of a review in one news item: four of the longest (three texts of four-byte characters each) stay below its limit.
REVIEW_NOTES_MAX = 4
# A briefing is read in a parked car: two printed pages at most. What it comes to in a news item is checked besides.
BRIEFING_CHARACTERS_MAX = 5_000
BRIEFING_TITLE_CHARACTERS_MAX = 100
# Each edition asks everybody to read it again: whoever has changed a text so often begins another one.
BRIEFING_EDITIONS_MAX = 100
# A briefing that comes back every week is written anew after a year.
BRIEFING_ROUNDS_MAX = 53
# Ranges of missing sequence numbers that a receipt names; the counts beside them are exact.
MISSING_RANGES_MAX = 50
# Lines in which a device tells the station what was wrong with its store.
DAMAGE_LINES_MAX, DAMAGE_CHARACTERS_MAX = 20, 300

# A contact may be claimed this far ahead of its entry: two clocks on one desk differ by seconds, not minutes.
AHEAD_SECONDS_MAX = 120
# Worksheets are reviewed the next day; a contact entered after a month is a slip of the date.
BEHIND_DAYS_MAX = 31
# A device's clock that is off by more than this is corrected at the station (issue: exceptions first).
CLOCK_SECONDS_OFF_MAX = 120
# An enrolment code is read out across a desk: ten minutes, five tries.
ENROL_SECONDS_MAX = 600
ENROL_TRIES_MAX = 5
# A deputy back from two weeks of leave still sends in one round trip; later it costs one more.
CHALLENGE_SECONDS_MAX = 30 * 24 * 3_600
# Waits between tries, drawn from [0, min(RETRY_SECONDS_MAX, 2^failures)].
RETRY_SECONDS_MAX = 300
# The pin of the station's authority of now, and of the one that follows it.
PINS_MAX = 2
# Reference data: a large station's RDs, card texts in a dozen languages, and as much again; packed, a few news items.
REFERENCE_BYTES_MAX = 64 * 1_024
# Of such a document, packed and in base64, in one news item: with its envelope it stays below an item's limit.
REFERENCE_PART_CHARACTERS_MAX = 7_000
# The app has eight buttons, and the keys F1 to F8.
SETTINGS_MAX = 8
