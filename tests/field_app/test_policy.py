"""How far a write is pushed before it counts, by platform: the choice, on facts as such devices report them.

What the choice does on a real tablet, Mac or Windows terminal is not run here.
"""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from field_app.store.disk import Disk
from field_app.store.policy import PlatformFacts, SyncPolicy, facts_here, mount_of, policy_for

PIXEL_3 = """\
/dev/block/dm-0 / ext4 ro,seclabel,relatime,block_validity,discard 0 0
tmpfs /dev tmpfs rw,seclabel,nosuid,relatime,size=1841656k,nr_inodes=460414,mode=755 0 0
/dev/block/dm-3 /data f2fs rw,lazytime,seclabel,nosuid,nodev,noatime,background_gc=on,discard,no_heap,user_xattr,\
inline_xattr,acl,inline_data,inline_dentry,flush_merge,extent_cache,mode=adaptive,active_logs=6,alloc_mode=default,\
fsync_mode=nobarrier 0 0
/dev/fuse /storage/emulated fuse rw,lazytime,nosuid,nodev,noexec,noatime,user_id=0,group_id=0,allow_other 0 0
"""
TABLET_WITH_EXT4 = """\
/dev/root / ext4 ro,seclabel,relatime 0 0
/dev/block/by-name/userdata /data ext4 rw,seclabel,nosuid,nodev,noatime,noauto_da_alloc,data=ordered 0 0
"""
LAPTOP = """\
/dev/sda2 / ext4 rw,relatime,errors=remount-ro 0 0
/dev/sdb1 /mnt/field\\040data xfs rw,relatime 0 0
/dev/sdc1 /mnt ext4 rw 0 0
overlay /mnt/field\\040data btrfs rw 0 0
"""
APP = "/data/user/0/org.example.contact755/files/store"


def android(file_system: str | None = None, mount_options: tuple[str, ...] = ()) -> PlatformFacts:
    """A tablet."""
    return PlatformFacts("android", is_android=True, file_system=file_system, mount_options=mount_options)


@pytest.mark.parametrize(
    ("facts", "policy"),
    [
        (PlatformFacts("linux", is_android=False, file_system="ext4", mount_options=("rw",)), SyncPolicy.FILE),
        (PlatformFacts("linux", is_android=False, file_system=None), SyncPolicy.FILE),
        (
            PlatformFacts("linux", is_android=False, file_system="f2fs", mount_options=("rw", "fsync_mode=posix")),
            SyncPolicy.FILE,
        ),
        (
            PlatformFacts("linux", is_android=False, file_system="f2fs", mount_options=("rw", "fsync_mode=nobarrier")),
            SyncPolicy.FILE_AND_FOLDER,
        ),
        (android(*mount_of(APP, PIXEL_3)), SyncPolicy.FILE_AND_FOLDER),
        (android(*mount_of(APP, TABLET_WITH_EXT4)), SyncPolicy.FILE),
        (android(), SyncPolicy.FILE_AND_FOLDER),
        (replace(android(), platform="linux"), SyncPolicy.FILE_AND_FOLDER),  # Android before Python 3.13 said so
        (android("f2fs", ("fsync_mode=posix",)), SyncPolicy.FILE_AND_FOLDER),
        (PlatformFacts("darwin"), SyncPolicy.FULL),
        (PlatformFacts("ios"), SyncPolicy.FULL),
        (PlatformFacts("win32"), SyncPolicy.FILE),
    ],
)
def test_a_write_is_pushed_as_far_as_the_platform_needs(facts: PlatformFacts, policy: SyncPolicy) -> None:
    assert policy_for(facts) is policy


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/home/car42/store", ("ext4", ("rw", "relatime", "errors=remount-ro"))),
        ("/mnt/field data/store", ("btrfs", ("rw",))),  # the last mount on a folder hides the one before
        ("/mnt/field data", ("btrfs", ("rw",))),
        ("/mnt/field", ("ext4", ("rw",))),
        ("/mnt2", ("ext4", ("rw", "relatime", "errors=remount-ro"))),
    ],
)
def test_the_file_system_is_that_of_the_longest_mount_point(path: str, found: tuple[str, tuple[str, ...]]) -> None:
    assert mount_of(path, LAPTOP) == found


def test_mounts_that_cannot_be_understood_tell_nothing() -> None:
    assert mount_of("/data", "") == mount_of("/data", "nonsense\n\n\x00 /") == (None, ())


def test_this_machine_has_a_policy(tmp_path: Path) -> None:
    assert facts_here(tmp_path).platform == sys.platform
    assert Disk().policy(tmp_path) in SyncPolicy


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="NOT TESTED HERE: open files are counted by /proc.")
def test_the_stronger_policy_leaves_nothing_open(tmp_path: Path) -> None:
    disk = Disk(SyncPolicy.FILE_AND_FOLDER)
    file = disk.open(tmp_path / "journal", create=True)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        file.append(b"frame")
        file.sync()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    file.close()
