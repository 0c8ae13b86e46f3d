"""The choice that is made once, when a store is made: sealed, unless somebody says otherwise."""

import os

from field_app.keys.keyring import Keyring, Sealing
from field_app.refusals import BadInput

# Set to 1 where what is logged is made up: tests, demonstrations.
UNSEALED_VARIABLE = "CONTACT755_UNSEALED"


def is_to_make(keyring: Keyring, *, unsealed: bool = False) -> bool:
    """Whether there is no store yet, and the one to be made shall be sealed. Raises BadInput, StoreFault."""
    sealing = keyring.sealing()
    if unsealed and sealing not in (Sealing.NO_STORE, Sealing.NONE):
        raise BadInput("This store is sealed already; --unsealed is for the command that makes a new one.")
    return sealing is Sealing.NO_STORE and not unsealed and os.environ.get(UNSEALED_VARIABLE) != "1"


def make_store(keyring: Keyring, *, unsealed: bool = False) -> None:
    """Make the keys of a store that is not there yet, unless it shall be unsealed. Raises BadInput, StoreFault."""
    if is_to_make(keyring, unsealed=unsealed):
        keyring.make()
