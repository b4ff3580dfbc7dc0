"""The friends of files: which rows of further tables belong to the files that are read."""

from __future__ import annotations

from collections.abc import Sequence

from netwright.config import FriendSection
from netwright.data import local_files
from netwright.errors import DataError
from netwright.readers import Files

__all__ = ["friends_of_files"]


def friends_of_files(friends: Sequence[FriendSection], own: Sequence[str], files: Files) -> list[FriendSection]:
    """Return the friends of some files.

    A friend without files of its own is another table of each file, and one that is joined by columns finds its rows.
    Of one that has the same rows in the same order, the files are taken that stand at the same places as some of the
    experiment's own.

    Args:
        friends: sections of the experiment.
        own: its own files, in order.
        files: the files to read.

    Returns:
        The sections for these files.

    Raises:
        DataError: rows of a friend cannot be told to belong to the files.
    """
    return [friend if not friend.files or friend.on else _restricted_to(friend, own, files) for friend in friends]


def _restricted_to(friend: FriendSection, own: Sequence[str], files: Files) -> FriendSection:
    positions = {path.resolve(): position for position, path in enumerate(local_files(list(own)))}
    paths, friend_paths = [path.resolve() for path in local_files(files)], local_files(friend.files)
    if paths == list(positions):
        return friend
    if len(friend_paths) != len(positions) or not set(paths) <= set(positions):
        msg = (
            f"data.friends: {', '.join(friend.files)} has the rows of the experiment's own files in the same order, "
            f"and those of {paths[0].name} are not known. Join it by columns that name a row (on: [run, event]), or "
            "have the columns in a table of the same files (key without files)."
        )
        raise DataError(msg)
    return friend.model_copy(update={"files": [str(friend_paths[positions[path]]) for path in paths]})
