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
    return [one if not one.files or one.on else _of_files(one, own, files) for one in friends]


def _of_files(friend: FriendSection, own: Sequence[str], files: Files) -> FriendSection:
    places = {path.resolve(): place for place, path in enumerate(local_files(list(own)))}
    asked, theirs = [path.resolve() for path in local_files(files)], local_files(friend.files)
    if asked == list(places):
        return friend
    if len(theirs) != len(places) or not set(asked) <= set(places):
        msg = (
            f"data.friends: {', '.join(friend.files)} has the rows of the experiment's own files in the same order, "
            f"and those of {asked[0].name} are not known. Join it by columns that name a row (on: [run, event]), or "
            "have the columns in a table of the same files (key without files)."
        )
        raise DataError(msg)
    return friend.model_copy(update={"files": [str(theirs[places[path]]) for path in asked]})
