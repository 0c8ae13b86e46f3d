"""How long to wait before the next try: full jitter under an exponential ceiling, never sooner than the station asks."""

from sync.limits import RETRY_SECONDS_MAX

# 2^9 is above the ceiling; a larger exponent would only make large numbers.
_DOUBLINGS_MAX = 9


def seconds_until_next(failures: int, jitter: float, retry_after_seconds: float = 0) -> float:
    """Seconds to wait after this many failures in a row; `jitter` is drawn evenly from [0, 1).

    A hundred cars that lose the same cell so do not come back in the same second.
    """
    ceiling = min(RETRY_SECONDS_MAX, 1 << min(failures, _DOUBLINGS_MAX))
    return max(retry_after_seconds, jitter * ceiling)
