"""Which lists belong to particles of one kind, by their names and their lengths."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from netwright.data import MASK, Dataset, mask_of_array, mask_values
from netwright.inspection.column_summary import ColumnSummary
from netwright.inspection.guess.arrays import stored_name
from netwright.inspection.guess.layouts import PLAIN, Layout

__all__ = ["collections_of", "list_lengths", "mask_of"]

Collections: TypeAlias = dict[tuple[str, int | None], dict[str, ColumnSummary]]

_VECTOR = re.compile(r"_?([pP]4|LV|[lL]orentz[vV]ector)")  # end of the name of a four-vector
_MOMENTA = ({"pt", "eta", "phi"}, {"px", "py", "pz"})
_COMPONENT = re.compile(r"(?P<stem>.+?)(?P<component>pt|eta|phi|p[xyz])", re.IGNORECASE)  # of a name: jetPt, ak4eta
_ROWS = 4096  # that say to which mask an array belongs
_SHARED = 2  # letters that the names of a collection begin with, at the least


def collections_of(dataset: Dataset, columns: Mapping[str, ColumnSummary], layout: Layout) -> Collections:
    """Return the columns of particles by collection.

    Lists whose names the layout does not divide belong to the momenta with which their names begin (jetPt, jetEta,
    jetPhi, jetNHF), to the four-vector (muonp4, muonq), or else to those of the same lengths.

    Args:
        dataset: the columns.
        columns: their summaries, by name.
        layout: how collections are named.

    Returns:
        By the name of the collection and the size of its arrays, None for lists: the columns by their names in it.
    """
    collections: Collections = {}
    for name, column in columns.items():
        stored = stored_name(dataset, name)
        match = re.fullmatch(layout.particle, stored)
        if match is None and (plain_match := re.fullmatch(PLAIN.particle, stored)) is not None and plain_match["name"]:
            match = plain_match  # of a collection that a user added, such as goodJet_pt
        if len(column.shape) == 1 and match is not None:
            key = (match["name"] or layout.unnamed, column.shape[0])
            collections.setdefault(key, {})[match["member"] + name.removeprefix(stored)] = column
    lists = collections.get((layout.unnamed, None), {})
    if all(member == column.name for member, column in lists.items()):
        several = len({_lengths(dataset, name) for name in lists}) > 1
        if _take_momenta(dataset, lists, collections) or several:
            del collections[layout.unnamed, None]
            _divide(dataset, lists, layout.unnamed, collections)
    _join_by_size(dataset, collections, layout.unnamed)
    _divide_by_masks(dataset, collections, layout.unnamed)
    collections = _divided_by_names(dataset, collections)
    return {(_name_of(dataset, name, members), size): members for (name, size), members in collections.items()}


def _name_of(dataset: Dataset, name: str, members: Mapping[str, ColumnSummary]) -> str:
    """Return the name of a collection: that of the column, where all are elements of one without further names."""
    stored = {stored_name(dataset, member) for member in members}
    return stored.pop() if len(stored) == 1 and stored.isdisjoint(members) else name


def mask_of(members: Mapping[str, ColumnSummary]) -> str | None:
    """Return the member that says which particles exist.

    Args:
        members: columns of a collection by their names in it.

    Returns:
        The first of two values with such a name; None where there is none.
    """
    return next((name for name, column in members.items() if _is_mask(name, column)), None)


def _is_mask(member: str, column: ColumnSummary) -> bool:
    has_two_values = column.type == "bool" or column.values in {(0, 1), (1,)}
    return has_two_values and re.fullmatch(MASK, member.lower()) is not None


def _join_by_size(dataset: Dataset, collections: Collections, unnamed: str) -> None:
    """Join arrays with the only mask of their size, where it or they lack the name of a collection.

    Fields of a structured dataset have its name only where another one has the same field. Arrays with momenta are
    joined by a mask without a name alone, and not where two collections have some.
    """
    masked = [key for key in collections if key[1] is not None and mask_of(collections[key]) is not None]
    for mask in masked:
        others = [key for key in collections if key[1] == mask[1] and key != mask]
        if mask[0] != unnamed:
            others = [key for key in others if key[0] == unnamed]
        elif sum(_has_momenta(collections[key]) for key in (mask, *others)) > 1:
            continue
        if [key[1] for key in masked].count(mask[1]) == 1:
            for key in others:
                collections[mask] |= _renamed(dataset, collections.pop(key), collections[mask])


def _divide_by_masks(dataset: Dataset, collections: Collections, unnamed: str) -> None:
    """Give arrays without the name of a collection to that with their mask, where several of their size have one."""
    keys = [key for key in collections if key[1] is not None and mask_of(collections[key]) is not None]
    for size in {key[1] for key in keys}:
        masked = {collections[key][mask_of(collections[key]) or ""].name: key for key in keys if key[1] == size}
        members = collections.get((unnamed, size), {})
        without_name = [name for name, column in members.items() if name == column.name and name not in masked]
        if len(masked) < 2 or not without_name:
            continue
        rows = dataset.head(_ROWS)
        masks = {mask: flags for mask in masked if (flags := mask_values(rows, mask)) is not None}
        for name in without_name:
            own = mask_of_array(rows, name, masks) if pa.types.is_fixed_size_list(rows.type_of(name)) else None
            if own is not None and masked[own] != (unnamed, size):
                collections[masked[own]][name] = members.pop(name)
        if not members:
            del collections[unnamed, size]


def _renamed(
    dataset: Dataset, members: Mapping[str, ColumnSummary], taken: Collection[str]
) -> dict[str, ColumnSummary]:
    """Return columns by their names behind a dot, or their whole ones where these are taken; momenta as they are."""
    if _has_momenta(members):
        return dict(members)
    stored = {column.name: stored_name(dataset, column.name) for column in members.values()}
    short = {name: whole.rpartition(".")[2] + name.removeprefix(whole) for name, whole in stored.items()}
    return {column.name if short[column.name] in taken else short[column.name]: column for column in members.values()}


def _divided_by_names(dataset: Dataset, collections: Collections) -> Collections:
    """Divide collections in which a part of the names has momenta of its own: clus_pt and clus_eta of fjet_clus_pt."""
    divided: Collections = {}
    for (name, size), members in collections.items():
        rest = dict(members)
        for stem in _stems_of_momenta(members):
            part = {member: column for member, column in rest.items() if member.startswith(stem)}
            others = [column.name for member, column in rest.items() if member not in part]
            alike = size is not None or not others or _lengths(dataset, others[0]) == _lengths(dataset, _first(part))
            if _has_momenta(rest) and alike:
                continue  # a further momentum of the same particles
            rest = {member: column for member, column in rest.items() if member not in part}
            part = {member.removeprefix(stem): column for member, column in part.items()}
            if alike and _VECTOR.fullmatch(stem[:-1]) and part.keys().isdisjoint(rest):
                rest = part | rest  # jets.p4.pt is the momentum of the particles with jets.btag
                continue
            divided[re.sub(r"\W", "_", f"{name}_{stem[:-1]}"), size] = part
        if rest:
            divided[name, size] = rest
    return divided


def _first(members: Mapping[str, ColumnSummary]) -> str:
    return next(iter(members.values())).name


def _stems_of_momenta(members: Collection[str]) -> list[str]:
    """Return what stands before the components of a momentum in the names of members, up to an underscore or a dot."""
    stems = dict.fromkeys(match[0] for member in members if (match := re.match(r".+[_.]", member)))
    return [
        stem
        for stem in stems
        if _has_momenta({member.removeprefix(stem) for member in members if member.startswith(stem)})
    ]


def _has_momenta(members: Collection[str]) -> bool:
    names = {member.lower() for member in members}
    return any(components <= names for components in _MOMENTA)


def list_lengths(dataset: Dataset, column: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return how many numbers each row of a column of lists has.

    Args:
        dataset: the columns.
        column: its name.

    Returns:
        Shape (rows,); 0 where a list is missing.
    """
    return np.asarray(pc.fill_null(pc.list_value_length(dataset.arrow(column)), 0).to_numpy(), np.int64)


def _take_momenta(dataset: Dataset, lists: dict[str, ColumnSummary], collections: Collections) -> bool:
    """Take lists that begin with the name of momenta, and have their lengths, out: jetNHF beside jetPt, jetEta, jetPhi.

    Lists whose names are divided in another place, such as jetTags_b, belong to them too. Returns whether there are
    such momenta.
    """
    found = False
    for stem, first in _momenta_in(lists).items():
        lengths = _lengths(dataset, first)

        def belongs(name: str, stem: str = stem, lengths: bytes = lengths) -> bool:
            return name.startswith(stem) and _lengths(dataset, name) == lengths

        own = {name: column for name, column in lists.items() if belongs(name)}
        if not _has_momenta([name.removeprefix(stem) for name in own]):
            continue
        found = True
        for name in own:
            del lists[name]
        for key, members in list(collections.items()):
            columns = {column.name: column for column in members.values()}
            if key[1] is None and columns and not _has_momenta(members) and all(map(belongs, columns)):
                own |= columns
                del collections[key]
        name = stem if (stem, None) not in collections else f"{stem}_{len(collections) + 1}"
        collections[name, None] = {name.removeprefix(stem): column for name, column in own.items()}
    return found


def _momenta_in(names: Collection[str]) -> dict[str, str]:
    """Return the letters before the components of a momentum, the longest first, each with the first of its names."""
    components: dict[str, dict[str, str]] = {}
    for name in names:
        if match := _COMPONENT.fullmatch(name):
            components.setdefault(match["stem"], {})[match["component"].lower()] = name
    stems = sorted((stem for stem, found in components.items() if _has_momenta(found)), key=len, reverse=True)
    return {stem: next(iter(components[stem].values())) for stem in stems}


def _divide(dataset: Dataset, lists: Mapping[str, ColumnSummary], unnamed: str, collections: Collections) -> None:
    """Add lists to collections of four-vectors, or to new ones of the same lengths."""
    vectors = {
        _VECTOR.sub("", name): (members, _lengths(dataset, next(iter(members.values())).name))
        for (name, size), members in collections.items()
        if size is None and _VECTOR.search(name)
    }
    others: dict[bytes, dict[str, ColumnSummary]] = {}
    for name, column in lists.items():
        lengths = _lengths(dataset, name)
        stem = next((stem for stem in vectors if name.startswith(stem) and vectors[stem][1] == lengths), None)
        if stem is not None:
            vectors[stem][0][name.removeprefix(stem).lstrip("_")] = column
        else:
            others.setdefault(lengths, {})[name] = column
    for members in others.values():
        shared = _shared([stored_name(dataset, name) for name in members])
        collection = shared if len(shared) >= _SHARED else unnamed
        key = collection if (collection, None) not in collections else f"{collection}_{len(collections) + 1}"
        collections[key, None] = {
            (name.removeprefix(shared).lstrip("_") or name) if collection == shared else name: column
            for name, column in members.items()
        }


def _lengths(dataset: Dataset, column: str) -> bytes:
    return list_lengths(dataset, column).tobytes()


def _shared(names: Sequence[str]) -> str:
    """Return the letters with which all of some names begin."""
    first, last = min(names), max(names)
    equal = [letter == other for letter, other in zip(first, last, strict=False)]
    return first[: (*equal, False).index(False)]
