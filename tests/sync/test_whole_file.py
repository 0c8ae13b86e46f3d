"""Files that people carry: what cannot be their name is told in a sentence."""

from pathlib import Path

import pytest

from sync.whole_file import NotWritten, check_free, write_whole


@pytest.mark.parametrize("may_replace", [False, True])
@pytest.mark.parametrize("name", ["", ".", "..", "/", "taken"])
def test_a_folder_is_no_name_for_a_file(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, may_replace: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    with pytest.raises(NotWritten, match=r"is a folder\. Name a file in it\."):
        check_free(Path(name), may_replace=may_replace)


def test_a_name_too_long_for_the_disk_is_told(tmp_path: Path) -> None:
    for file in (tmp_path / ("x" * 300), tmp_path / ("x" * 300) / "b"):
        with pytest.raises(NotWritten, match="cannot be written"):
            write_whole(file, b"all")
