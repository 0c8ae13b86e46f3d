"""serve --workers: what the further workers are told, which is what the first one was told."""

import argparse
import sys

from station.commands.office import DATABASE_VARIABLE, Office
from sync.commandline import PORT_MAX, Exit, Stop


def see_that_workers_can_be(count: int, metrics_port: int | None) -> None:
    """Raises Stop where several workers cannot be had, or their numbers not be found."""
    if sys.platform != "linux":  # elsewhere connections to a shared port are not dealt out
        raise Stop(Exit.BAD_INPUT, "Several workers need Linux. Leave --workers out.")
    if metrics_port is not None and not 0 < metrics_port <= PORT_MAX - count + 1:
        raise Stop(
            Exit.BAD_INPUT,
            f"Each worker serves its numbers at the next port: give a --metrics-port from 1 to {PORT_MAX - count + 1}.",
        )


def typed_for_others(office: Office, typed: argparse.Namespace, port: int) -> list[list[str]]:
    """What would be typed for each further worker: where everything is, and the numbers of each at a port of its own."""
    options = {
        "--data": [office.folder],
        "--host": [typed.host],
        "--port": [port],
        "--name": typed.name,
        "--certificate": [typed.certificate],
        "--private-key": [typed.private_key],
    }
    same = [
        str(word) for name, values in options.items() for each in values if each is not None for word in (name, each)
    ]
    flags = ["--beside", *(["--log-json"] if typed.log_json else [])]
    return [["serve", *flags, *same, *_metrics_of(typed.metrics_port, place)] for place in range(1, typed.workers)]


def environment_for_others(office: Office) -> dict[str, str]:
    """Which database: an address may hold a password, which a command line shows to everybody on the machine."""
    return {DATABASE_VARIABLE: office.at if isinstance(office.at, str) else ""}


def _metrics_of(first: int | None, place: int) -> list[str]:
    return [] if first is None else ["--metrics-port", str(first + place)]
