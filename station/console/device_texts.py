"""The texts of the pages about devices, each once, by a name that the templates use: what a translator needs."""

from collections.abc import Mapping

from station.device_states import RECEIPTS_SHOWN_MAX, SILENT_MAX, DeviceState, Sign
from sync.limits import ENROL_SECONDS_MAX

_MINUTES = ENROL_SECONDS_MAX // 60

DEVICE_STATE_WORDS: Mapping[DeviceState, str] = {DeviceState.ENROLLED: "Enrolled", DeviceState.REVOKED: "Revoked"}
# What stands beside a device; a count, where there is one, stands before it.
SIGN_WORDS: Mapping[Sign, str] = {
    Sign.DAMAGED: "Its store is damaged",
    Sign.LACKING: "missing",
    Sign.WAITING: "in quarantine",
    Sign.NEVER_HEARD: "Not heard yet",
    Sign.SILENT: f"Not heard for more than {SILENT_MAX.days} days",
}
TEXTS: Mapping[str, str] = {
    # The list
    "title": "Devices",
    "which": "Which",
    "hint": "Version and queue are as the device told in its last exchange.",
    "caption": "Devices, by name",
    "device": "Device",
    "unit": "Unit",
    "last_exchange": "Last exchange",
    "never": "Never",
    "version": "App version",
    "queue": "Queue",
    "missing": "Missing",
    "state": "State",
    "in_order": "In order",
    "nothing": "No device is",
    "more": "More",
    "enrol": "Enrol a device",
    "bundles": "Bundles",
    "rescue": "Rescue",
    # The board
    "board": "Board",
    "reload": "Reload",
    "board_hint": "The running watch: where there were contacts, and which devices have handed in. It keeps itself up to date; "
    "without JavaScript, reload it. A contact shows when its device has sent it.",
    "board_lost": "Not up to date: the connection to the station is lost, or you were signed out. Reload the page.",
    "board_full": "Too many boards are open at once. Reload the page from time to time instead, or close some.",
    "as_of": "As of",
    "contact": "contact",
    "contacts": "contacts",
    "contacts_head": "Contacts",
    "by_setting": "By setting",
    "by_rd": "By RD",
    "setting": "Setting",
    "settings": "Settings",
    "area": "Area",
    "without": "No contact yet",
    "rd_missing": "Missing",
    "no_watch": "No watch runs now.",
    "unheard": "Not heard for",
    # One device
    "all_devices": "All devices",
    "enrolled": "Enrolled",
    "revoked": "Revoked",
    "last_unit": "Unit of its last contact",
    "id": "Id",
    "last_number": "Last sequence number",
    "to_look_at": "To look at",
    "missing_hint": "These sequence numbers are not here. They may still lie on the device: it sends them with its next "
    "exchange, or hands them over as a bundle.",
    "missing_first": "the first of them",
    "quarantine": "Its records in quarantine",
    "damage": "What was wrong with its store, as it told",
    "exchanges": f"Its last exchanges with records, at most {RECEIPTS_SHOWN_MAX}",
    "receipt": "Receipt",
    "when": "When",
    "records": "Records",
    "no_exchanges": "No records have come from it yet.",
    # Revoking
    "revoke": "Revoke …",
    "revoke_title": "Revoke",
    "revoke_hint": "From then on the station takes nothing more from it over the air. Nothing is deleted: what it has not sent "
    "stays on it, and can still be brought here as a bundle. It can be enrolled again with a new code.",
    "revoke_now": "Revoke this device",
    "keep": "Leave it enrolled",
    # Enrolling
    "enrol_title": "Enrol a device",
    "enrol_hint": f"You get a code for one device, once, good for {_MINUTES} minutes. Have the device beside you.",
    "name": "Name",
    "name_hint": "What the station will call it, like car 42.",
    "make_code": "Make a code",
    "bad_name": "A device's name has 1 to 80 characters, like car 42.",
    "code_title": "Enrol",
    "code_picture": "QR code with the station's address and the code",
    "code_scan": "Scan this picture with the device, or type the address and the code into the app.",
    "code": "Code",
    "code_command": "By command, on the device:",
    "code_once": f"Good once, within {_MINUTES} minutes. It is shown only now: for another device, or too late, make another.",
    "another": "Another code",
    # Bundles
    "bundles_hint": "For a device that no network reaches, or that was revoked: on it, Save to a file (Outbox) or contact755 "
    "export. Each record is taken in as over the air, nothing twice. Bring the receipt back to the device.",
    "pictures_hint": "Or photograph every code that it shows (Outbox, Show as codes), and choose all pictures at once: PNG, JPEG "
    "or WebP, together up to",
    "pictures_mebibytes": "MiB. Small ones do, if they are sharp.",
    "file": "File",
    "file_or_pictures": "File, or all pictures",
    "too_many": "These are more pictures than are read at once:",
    "take_in": "Take in",
    "no_file": "Choose a file first.",
    "sealed_elsewhere": "This bundle is sealed to another station's key, or damaged. Nothing was changed. Make it again, or take "
    "it there.",
    "nothing_changed": "Nothing was changed.",
    "is_rescue": "This file was rescued of a damaged or locked store. An administrator takes it in, on the page Rescue. "
    "Nothing was changed.",
    "no_receipt": "There is no receipt: the file was not sealed, so the device could not tell a forged one from it.",
    "receipt_too_large": "Everything is taken in, but there is no receipt for the device:",
    "taken_in": "Taken in from",
    "accepted": "accepted",
    "already_here": "already here",
    "aside": "in quarantine",
    "aside_new": "of them new",
    "later": "to be handed in again later: take the file in again then",
    "get_receipt": "Get the receipt",
    "bundles_caption": "Bundles that were taken in, the newest first",
    "number": "Number",
    "older": "Older",
    "kept": "Kept",
    "receipt_hint": "Carry it back to the device, and there: contact755 settle FILE.",
    "damage_told": "What was wrong on the device:",
    "missing_title": "Missing sequence numbers",
    "waiting": "waiting",
    "from": "Device",
    "by": "By",
    "outcome": "What came of it",
    "rescued": "rescued",
    "none_yet": "No bundle was taken in yet.",
    "no_such_receipt": "There is no receipt of this number.",
    "of_size": "The largest file that is taken in here has",
    "mebibytes": "MiB; a larger one by the command station755 import.",
    # Rescue
    "rescue_title": "Rescue a store",
    "rescue_hint": "For a device whose store is damaged, or locked because its PINs are forgotten. The rest is in docs/rescue.md.",
    "rescue_file_title": "Take in what was rescued",
    "rescue_file_hint": "The file that contact755 salvage wrote on the device. What cannot be read is kept in quarantine.",
    "whose": "Whose it is, if the file cannot prove it",
    "whose_none": "The file proves it",
    "rescue_code_title": "Open a locked device",
    "rescue_code_hint": "Its keys.json, from the device's data folder. You get a code that opens the device for a new PIN. "
    "Make sure who asks: whoever has the code and the device reads all that is on it.",
    "keys_file": "keys.json",
    "give_code": "Show the recovery code",
    "recovery_title": "Recovery code",
    "recovery_once": "On the device, with this code in a file: contact755 unlock NUMBER --recovery FILE. It asks for a new PIN. "
    "The code is shown only now, and that it was shown stands in the audit.",
    "bad_keys": "This file",
    "back": "Back to",
}
