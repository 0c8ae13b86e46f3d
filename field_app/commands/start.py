"""The console script `contact755`: so small that Ctrl-C finds it ready even while the rest is being loaded."""


def run() -> None:
    """Load the command line and run it."""
    try:
        from field_app.commands.main import main, refusal_of  # noqa: PLC0415 - inside, so that Ctrl-C is caught
        from sync.commandline import run as run_command  # noqa: PLC0415

        run_command(main, refusal_of)
    except BaseException as problem:
        if KeyboardInterrupt in {type(problem), type(problem.__cause__)}:  # the latter while 3.11 makes a class
            raise SystemExit(130) from None
        raise
