"""Marks for tests that are about one kind of database alone; all others run on each kind (conftest.py, `place`)."""

import pytest

ON_SQLITE_ALONE = pytest.mark.parametrize("place", ["sqlite"], indirect=True)
ON_POSTGRES_ALONE = pytest.mark.parametrize("place", ["postgresql"], indirect=True)
