"""The console script `station755`: small, and able to say what a device's plain install lacks."""


def run() -> None:
    """Load the command line and run it."""
    try:
        from sync import commandline  # noqa: PLC0415 - inside, so that Ctrl-C is caught

        try:
            from station.commands.main import main, refusal_of  # noqa: PLC0415 - needs packages a device does not have
        except ModuleNotFoundError as problem:
            missing = problem.name
            sentence = (
                f"The station needs more packages (no {missing} here). Install: pip install 'contact755[station]'"
            )

            def absent(_: object) -> commandline.Exit:
                raise commandline.Stop(commandline.Exit.NOT_READY, sentence)

            commandline.run(absent, lambda _: None)
        commandline.run(main, refusal_of)
    except BaseException as problem:
        if KeyboardInterrupt in {type(problem), type(problem.__cause__)}:  # the latter while 3.11 makes a class
            raise SystemExit(130) from None
        raise


if __name__ == "__main__":  # a further worker (workers.py)
    run()
