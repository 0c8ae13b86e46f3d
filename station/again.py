"""What a station does again and again while it serves, beside what it is asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def again_and_again(name: str, seconds: float, do: Callable[[Event], None]) -> Iterator[None]:
    """Do something in a thread of this name until the block ends: so many seconds after its start, and after each time.

    `do` gets what is set when the block ends, so that it can end early, and raises nothing: it would never be done again.
    """
    is_over = Event()

    def go_round() -> None:
        while not is_over.wait(seconds):
            do(is_over)

    thread = Thread(target=go_round, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
