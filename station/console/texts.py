"""The texts of the pages about people and signing in, each once, by a name that the templates use: what a translator needs."""

from collections.abc import Mapping

from station.account_states import AccountState
from station.accounts import UNUSED_MAX, No
from station.authenticators import RECOVERY_CODES
from station.passwords import PASSWORD_CHARACTERS_MIN
from station.roles import StationRole
from station.rosters import State
from station.tries import TRIES_MAX, TRIES_WITHIN

_DAYS = UNUSED_MAX.days
_MINUTES = int(TRIES_WITHIN.total_seconds()) // 60

STATION_ROLE_WORDS: Mapping[StationRole, str] = {
    StationRole.VOLUNTEER: "Volunteer",
    StationRole.DEPUTY: "Deputy",
    StationRole.SERGEANT: "Sergeant",
    StationRole.CAPTAIN: "Captain",
    StationRole.ADMINISTRATOR: "Administrator",
}
PERSON_STATE_WORDS: Mapping[State, str] = {State.ACTIVE: "At the station", State.LEFT: "Has left"}
ACCOUNT_WORDS: Mapping[AccountState, str] = {
    AccountState.NONE: "No password yet",
    AccountState.LOCKED: "Locked",
    AccountState.CLOSED: f"Closed: not used for {_DAYS} days",
    AccountState.PASSWORD_WAITS: "First sign-in to come",
    AccountState.AUTHENTICATOR_WAITS: "Authenticator to be set up",
    AccountState.OPEN: "Open",
}
CHANGE_WORDS: Mapping[str, str] = {
    "added": "Added",
    "left": "Leaves",
    "back": "Comes back",
    "with another role": "Another role",
}
NO_WORDS: Mapping[No, str] = {
    No.WRONG: f"That does not fit. {TRIES_MAX} wrong tries in {_MINUTES} minutes lock the number.",
    No.LOCKED: "This number is locked after too many wrong tries. An administrator of the station can release it.",
    No.CLOSED: f"This account was not used for {_DAYS} days and is closed. An administrator of the station can open it.",
}

TEXTS: Mapping[str, str] = {
    "briefings": "Briefings",
    "reference": "Reference data",
    "retention": "Retention",
    # Signing in
    "sign_in": "Sign in",
    "agree": "Agree and sign in",
    "banner": "This is a restricted system of the Sheriff's Department, for authorized use only. What is done here is "
    "monitored and recorded, and may be audited. Unauthorized use is prohibited and subject to criminal and civil "
    "penalties. By signing in you consent to this.",
    "idle": "You were away for more than 30 minutes. Your password is enough to go on.",
    "number": "Number",
    "number_hint": "Your employee or volunteer number.",
    "password": "Password",
    "code_title": "Authenticator code",
    "code": "Code",
    "code_hint": "The six digits that your authenticator app shows now. Each code works once. Without your phone: one of "
    "your recovery codes.",
    "go_on": "Go on",
    "sign_out": "Sign out",
    "signed_in": "Signed in:",
    # Choosing a password
    "own_password_title": "Choose your own password",
    "own_password_hint": f"At least {PASSWORD_CHARACTERS_MIN} characters, and none of those that are guessed first. "
    "Three or four odd words do well. It does not expire.",
    "old_password": "Password until now",
    "new_password": "New password",
    "new_password_again": "New password, again",
    "not_the_same": "The two new passwords are not the same.",
    "not_the_old": "That is not your password.",
    "same_as_before": "That is the password you were given. Choose one that only you know.",
    "save_password": "Save password",
    "password_saved": "Your new password is saved.",
    # The authenticator
    "authenticator_title": "Set up your authenticator",
    "authenticator_1": "Open an authenticator app on your phone (any that makes six-digit codes) and scan this picture.",
    "authenticator_picture": "QR code for your authenticator app",
    "authenticator_2": "No camera? Type this key into the app:",
    "authenticator_3": "Then enter the six digits that it shows.",
    "authenticator_wrong": "That is not the code of now. Wait for the next one; if it fails again, the phone's clock is wrong.",
    "confirm": "Confirm",
    "recovery_title": "Your recovery codes",
    "recovery_hint": "Print them or write them down, and keep them apart from your phone. Each signs you in once in place "
    "of a code. They are shown only now.",
    # One's own account
    "account": "Your account",
    "role": "Role",
    "recovery_left": "Recovery codes left",
    "of_codes": f"of {RECOVERY_CODES}",
    "change_password": "Change your password",
    "new_recovery_codes": "New recovery codes",
    "new_recovery_codes_hint": "The ones you have stop working.",
    # People
    "people": "People",
    "people_hint": "People are numbers here, never names. Nobody is deleted: their records stay theirs.",
    "locked_some": "Locked after wrong tries",
    "beginning": "Number begins with",
    "show": "Show",
    "people_caption": "People of the station, by number",
    "state": "State",
    "console": "Console",
    "last_used": "Last used",
    "nobody": "Nobody is known under such a number.",
    "more": "More",
    "add_person": "Add a person",
    "add": "Add",
    "import": "Import a roster",
    "export": "Export the roster as CSV",
    "known_already": "is known already.",
    "not_a_number": "is not a person's number. It has six digits, like 900001.",
    # One person
    "all_people": "All people",
    "save": "Save",
    "role_and_state": "Role and state",
    "password_first": "Give a password",
    "password_new": "Give a new password",
    "password_hint": "Makes one at random and shows it once. It ends their sessions and any lock, and has to be changed at "
    "the first sign-in.",
    "forget_authenticator": "Forget the authenticator",
    "forget_authenticator_hint": "For a lost phone. They set up another with the next sign-in; make sure that it is they who ask.",
    "release": "Release",
    "release_hint": "Wrong tries have locked this number. Ask whose they were before you release it.",
    "open_again": "Open again",
    "open_again_hint": f"It was not used for {_DAYS} days.",
    "has_left_hint": "Has left the station and cannot sign in.",
    "admin_hint": "The station's own account. Its password is made by the command station755 admin-password.",
    "given_title": "A password for",
    "given_hint": "Give it to this person and nobody else. It is shown only now, and has to be changed at the first sign-in.",
    "back_to_person": "Back to",
    # Locked
    "locked_title": "Locked numbers",
    "locked_hint": f"{TRIES_MAX} wrong tries within {_MINUTES} minutes lock a number until somebody releases it here, or by "
    "the command station755 release. Ask whose tries they were first.",
    "locked_caption": "Numbers that are locked, the latest first",
    "locked_since": "Locked since",
    "none_locked": "No number is locked.",
    # The roster
    "import_hint": "A CSV file with the columns number, role and, if you want, state (active or left). Who is not in the file "
    "stays as they are. You see what would change before anything does.",
    "file": "File",
    "preview": "Show what would change",
    "no_file": "Choose a file first.",
    "bad_lines": "Nothing was imported: these lines cannot be taken",
    "bad_lines_hint": "Correct them in the file and choose it again.",
    "line": "Line",
    "why": "Why",
    "would_change": "What would change",
    "nothing_changes": "Nothing would change: everyone in the file is known as it says.",
    "change": "Change",
    "before": "Now",
    "after": "Then",
    "import_now": "Import",
    "changed_meanwhile": "Somebody changed people in the meantime. This is what would change now.",
    "imported": "Imported:",
    "imported_nothing": "Nothing was to be changed.",
}
