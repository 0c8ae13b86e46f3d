"""`station755`: the entry point, which also explains what is missing on a device's plain install."""

from sync import commandline
from sync.commandline import Exit, Stop


def run() -> None:
    """Run the command line; the console script."""
    try:
        from station.commands.root import main, refusal_of  # noqa: PLC0415 - needs packages that a device does not have
    except ModuleNotFoundError as problem:
        missing = problem.name
        sentence = f"The station needs more packages (no {missing} here). Install: pip install 'contact755[station]'"

        def absent(_: object) -> Exit:
            raise Stop(Exit.NOT_READY, sentence)

        commandline.run(absent, lambda _: None)
    commandline.run(main, refusal_of)
