"""From files to the rows that a network takes: reading, splitting, describing."""

from netwright.data.balance.balance import importance
from netwright.data.balance.down_sample import Kept, kept_rows
from netwright.data.balance.training_rows import TrainingRows, chosen_rows
from netwright.data.cache.arrays import allocate, capacity, is_mapped, mapping_of, whole
from netwright.data.cache.content import content_of
from netwright.data.cache.contents import CachedFile, cached_files, damaged_files, prune
from netwright.data.cache.downloads import local_files
from netwright.data.cache.folder import cache_folder
from netwright.data.cache.join import may_be_friend
from netwright.data.cache.size_limit import parse_size, size_limit
from netwright.data.cache.usage import url_of
from netwright.data.collection_rows import members_of_collection, rows_of_collection
from netwright.data.dataset import Dataset
from netwright.data.description.description import Description, describe, describe_folds
from netwright.data.description.four_vectors import cartesian_four_vectors
from netwright.data.description.numeric import describe_numeric
from netwright.data.description.particles import particle_columns, particles_there
from netwright.data.elements import element_name, element_of, owner_of
from netwright.data.finding_files import find_data
from netwright.data.in_expressions import derived_text, quoted
from netwright.data.masked_lists import MASK, mask_of_array, mask_values, with_lists
from netwright.data.moments.missing import markers_of, missing_positions, without_markers
from netwright.data.moments.moments import NEARLY_CONSTANT, Moments, weighted_moments
from netwright.data.precision.fine import FineColumns, fine_numbers, rest_of, rest_of_values
from netwright.data.precision.fine_columns import choose_fine_columns, kept_sample, may_be_fine, sampled_values
from netwright.data.precision.forms import Forms
from netwright.data.precision.resolution import PAIR_STEPS, STEPS, Resolution, near_number, resolution_of
from netwright.data.precision.sizes import FLOAT32_LARGEST, FLOAT32_SMALLEST
from netwright.data.reading import read
from netwright.data.rows.categories import MISSING_CATEGORY, words_of
from netwright.data.rows.four_vector_rules import rule_broken_by
from netwright.data.rows.inputs import input_rows
from netwright.data.rows.labels import class_places
from netwright.data.rows.particle_properties import attached
from netwright.data.rows.particles import CutParticles, categories_of, check_particles, cut_particles, particle_entries
from netwright.data.rows.prepare import event_weights, prepare, row_identity, target_rows, with_protected
from netwright.data.rows.ragged import Ragged
from netwright.data.rows.row_shapes import bytes_per_row
from netwright.data.rows.row_values import RowValues, beyond_memory, stored
from netwright.data.rows.rows import HeadRows, Rows
from netwright.data.rows.streamed import Blocks, StreamedRows
from netwright.data.samples.joined import read_samples
from netwright.data.samples.opened import (
    SampleRows,
    named_sample,
    open_sample,
    read_events,
    with_sample_name,
    with_varied_columns,
)
from netwright.data.samples.sample_yield import SampleYield, sample_yield
from netwright.data.source import Source
from netwright.data.split.bagging import bagged_rows
from netwright.data.split.by_file import files_of_parts, parts_by_file
from netwright.data.split.draws import Purpose, generator_of, key_of, place_of, seed_of_member
from netwright.data.split.identity import GOLDEN, MULTIPLIERS, content_identity, identity_of
from netwright.data.split.split import PARTS, Division, Split, divide, member_mask_of, test_member_mask
from netwright.data.streamed.opening import read_streamed

__all__ = [
    "FLOAT32_LARGEST",
    "FLOAT32_SMALLEST",
    "GOLDEN",
    "MASK",
    "MISSING_CATEGORY",
    "MULTIPLIERS",
    "NEARLY_CONSTANT",
    "PAIR_STEPS",
    "PARTS",
    "STEPS",
    "Blocks",
    "CachedFile",
    "CutParticles",
    "Dataset",
    "Description",
    "Division",
    "FineColumns",
    "Forms",
    "HeadRows",
    "Kept",
    "Moments",
    "Purpose",
    "Ragged",
    "Resolution",
    "RowValues",
    "Rows",
    "SampleRows",
    "SampleYield",
    "Source",
    "Split",
    "StreamedRows",
    "TrainingRows",
    "allocate",
    "attached",
    "bagged_rows",
    "beyond_memory",
    "bytes_per_row",
    "cache_folder",
    "cached_files",
    "capacity",
    "cartesian_four_vectors",
    "categories_of",
    "check_particles",
    "choose_fine_columns",
    "chosen_rows",
    "class_places",
    "content_identity",
    "content_of",
    "cut_particles",
    "damaged_files",
    "derived_text",
    "describe",
    "describe_folds",
    "describe_numeric",
    "divide",
    "element_name",
    "element_of",
    "event_weights",
    "files_of_parts",
    "find_data",
    "fine_numbers",
    "generator_of",
    "identity_of",
    "importance",
    "input_rows",
    "is_mapped",
    "kept_rows",
    "kept_sample",
    "key_of",
    "local_files",
    "mapping_of",
    "markers_of",
    "mask_of_array",
    "mask_values",
    "may_be_fine",
    "may_be_friend",
    "member_mask_of",
    "members_of_collection",
    "missing_positions",
    "named_sample",
    "near_number",
    "open_sample",
    "owner_of",
    "parse_size",
    "particle_columns",
    "particle_entries",
    "particles_there",
    "parts_by_file",
    "place_of",
    "prepare",
    "prune",
    "quoted",
    "read",
    "read_events",
    "read_samples",
    "read_streamed",
    "resolution_of",
    "rest_of",
    "rest_of_values",
    "row_identity",
    "rows_of_collection",
    "rule_broken_by",
    "sample_yield",
    "sampled_values",
    "seed_of_member",
    "size_limit",
    "stored",
    "target_rows",
    "test_member_mask",
    "url_of",
    "weighted_moments",
    "whole",
    "with_lists",
    "with_protected",
    "with_sample_name",
    "with_varied_columns",
    "without_markers",
    "words_of",
]
