"""A finger that lands twice: what a tap has begun is not begun again while it is under way."""

import functools
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

_Self = TypeVar("_Self")
_More = ParamSpec("_More")
_Action = Callable[Concatenate[_Self, _More], Coroutine[Any, Any, None]]


def once(action: _Action[_Self, _More]) -> _Action[_Self, _More]:
    """Let an object's action be asked for again only when it has come to its end, whatever that was."""
    under_way: set[int] = set()

    @functools.wraps(action)
    async def ask(self: _Self, /, *args: _More.args, **kwargs: _More.kwargs) -> None:
        if id(self) in under_way:
            return
        under_way.add(id(self))
        try:
            await action(self, *args, **kwargs)
        finally:
            under_way.discard(id(self))

    return ask
