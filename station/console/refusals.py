"""Why a page is not shown."""

from http import HTTPStatus


class NotShown(Exception):
    """A page is refused; the text is a sentence for whoever asked."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class NotSignedIn(Exception):
    """Nobody is signed in, and the page is only for those who are."""


class StepLeft(Exception):
    """Signing in is not done yet, or done already: another page comes first. `name` is whose signing in it is."""

    def __init__(self, address: str, name: str) -> None:
        super().__init__(address)
        self.address = address
        self.name = name
