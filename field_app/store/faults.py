"""What can be wrong with the disk under the store, each with a sentence that says what to do."""

import errno


class StoreFault(Exception):
    """The store could not do it. Everything that was acknowledged before is still there; this was not taken."""


class StoreFull(StoreFault):
    """No space left."""


class StoreReadOnly(StoreFault):
    """The folder cannot be written."""


class StoreBusy(StoreFault):
    """Another program has held the store for too long."""


class StoreLocked(StoreFault):
    """The store is sealed and its key is not at hand."""


_KEPT = "Nothing that was logged before is lost."
_BY_NUMBER: dict[int, tuple[type[StoreFault], str]] = {
    errno.ENOSPC: (StoreFull, f"The disk is full. Free some space, then try again. {_KEPT}"),
    errno.EDQUOT: (StoreFull, f"The disk quota is used up. Free some space, then try again. {_KEPT}"),
    errno.EFBIG: (StoreFull, f"The store has reached the largest size allowed here. {_KEPT}"),
    errno.EROFS: (StoreReadOnly, f"The disk is read-only. Make it writable, then try again. {_KEPT}"),
    errno.EACCES: (StoreReadOnly, f"This user may not use the data folder. Give it the right to. {_KEPT}"),
    errno.EPERM: (StoreReadOnly, f"This user may not use the data folder. Give it the right to. {_KEPT}"),
    errno.EMFILE: (StoreFault, f"Too many files are open. Close other programs, then try again. {_KEPT}"),
    errno.ENFILE: (StoreFault, f"Too many files are open. Close other programs, then try again. {_KEPT}"),
    errno.ENOTDIR: (StoreFault, "The data folder is not a folder. Name another one with --data."),
    errno.ELOOP: (StoreFault, "The data folder is a link that leads nowhere. Name another one with --data."),
    errno.EEXIST: (StoreFault, "The data folder is not a folder. Name another one with --data."),
}


def fault_of(problem: OSError) -> StoreFault:
    """The store's own exception for one of the operating system's."""
    kind, sentence = _BY_NUMBER.get(
        problem.errno or 0, (StoreFault, f"The disk reports a fault: {problem.strerror}. {_KEPT}")
    )
    return kind(sentence)
