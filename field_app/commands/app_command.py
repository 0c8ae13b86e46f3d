"""run: the app in the installed browser."""

import argparse
from typing import TYPE_CHECKING, Any

from field_app.keys.choice import make_store
from field_app.keys.keyring import Keyring
from sync.commandline import Exit, Stop, port_typed, show
from sync.reference import Reference

if TYPE_CHECKING:
    from field_app.deck import OpenStore

PORT = 8750


def add_to(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse keeps its type private
    """Add this command to the command line."""
    help_text = "Run the app in the browser, on this machine alone, until Ctrl-C."
    added = commands.add_parser("run", parents=[common], help=help_text, description=help_text, allow_abbrev=False)
    added.add_argument(
        "--port", metavar="N", type=port_typed, default=PORT, help=f"port (default {PORT}; 0 takes a free one)"
    )
    added.add_argument("--no-browser", action="store_true", help="only print the address")
    added.set_defaults(before=_before, opens_itself=_run)


def _before(keyring: Keyring, _: argparse.Namespace, __: Reference) -> None:
    make_store(keyring)  # the app may be what a device is first used with


def _run(open_store: "OpenStore", keyring: Keyring, reference: Reference, typed: argparse.Namespace) -> Exit:
    try:
        from field_app import serve  # noqa: PLC0415 - needs the extra `web`, which a device build does not have
    except ModuleNotFoundError as problem:
        sentence = f"The app in the browser needs more packages (no {problem.name} here). Install: pip install 'contact755[web]'"
        raise Stop(Exit.NOT_READY, sentence) from None
    from field_app.deck import Deck  # noqa: PLC0415 - loads what no command but this one needs

    def ready(address: str) -> None:
        show({"address": address}, [f"The app is at {address}", "Ctrl-C ends it."], as_json=typed.json)

    deck = Deck(open_store, keyring, reference)
    if not keyring.is_locked():
        deck.open_store()
    listener = serve.bind(typed.port)
    try:
        serve.serve(deck, listener, ready, opens_browser=not typed.no_browser)
    except KeyboardInterrupt:
        pass  # the server has ended in order by now
    finally:
        listener.close()
    return Exit.DONE
