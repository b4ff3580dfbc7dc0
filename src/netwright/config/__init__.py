"""Typed sections of an experiment file; all defaults are defined here and only here."""

from netwright.config._change import value_at, with_values
from netwright.config._experiment_findings import experiment_findings
from netwright.config._keys import key_paths
from netwright.config._load_result import load_result
from netwright.config._products import derived_weight
from netwright.config.cluster import ClusterSection
from netwright.config.columns import (
    BY_QUANTILES,
    CategoricalInput,
    Categories,
    Numbers,
    NumberScaling,
    NumericInput,
    mentions,
)
from netwright.config.csv import CsvSection, csv_section
from netwright.config.data import EVENT_HASH, DataSection, GenerateSection, index_column, with_files
from netwright.config.ensemble import EnsembleSection
from netwright.config.experiment import Experiment
from netwright.config.four_vectors import Basis, FourVectors, FourVectorsInput, LorentzBoostSection
from netwright.config.friends import FriendSection
from netwright.config.inputs import InputGroup, category_columns_of, columns_of, input_columns
from netwright.config.load import dump_experiment, is_experiment_file, load_experiment, parse_experiment
from netwright.config.model import (
    BODY_SECTIONS,
    Activation,
    Body,
    BodySection,
    CustomBody,
    DeepSetsBody,
    DenseBody,
    DenselyConnectedBody,
    HiddenLayers,
    ModelSection,
    ResidualBody,
    TabularBody,
)
from netwright.config.numbered import is_numbered, numbers_in, of_number
from netwright.config.optimizer import Optimizer
from netwright.config.particles import ParticleParts, ParticlesInput, parts_of_particles
from netwright.config.result import TRAINED_FOR, ProcessSection, ResultSection, femtobarns
from netwright.config.samples import (
    EVENT_WEIGHT,
    NOMINAL,
    SAMPLE,
    SampleSection,
    SumOfWeightsSection,
    VariationSection,
)
from netwright.config.schedule import (
    ConstantSchedule,
    CosineSchedule,
    ExponentialSchedule,
    PlateauSchedule,
    Schedule,
    StepwiseSchedule,
)
from netwright.config.search import ParameterSection, PruningSection, SearchSection
from netwright.config.split import (
    CrossSplit,
    FilesSplit,
    FoldsSplit,
    ReversedSplit,
    SharesSplit,
    SplitSection,
    with_split_files,
)
from netwright.config.targets import Target
from netwright.config.template import commented_experiment
from netwright.config.training import EarlyStoppingSection, TrainingSection
from netwright.section import Section
from netwright.tasks import BinaryTarget, Label, MulticlassTarget, QuantilesTarget, RegressionTarget

__all__ = [
    "BODY_SECTIONS",
    "BY_QUANTILES",
    "EVENT_HASH",
    "EVENT_WEIGHT",
    "NOMINAL",
    "SAMPLE",
    "TRAINED_FOR",
    "Activation",
    "Basis",
    "BinaryTarget",
    "Body",
    "BodySection",
    "CategoricalInput",
    "Categories",
    "ClusterSection",
    "ConstantSchedule",
    "CosineSchedule",
    "CrossSplit",
    "CsvSection",
    "CustomBody",
    "DataSection",
    "DeepSetsBody",
    "DenseBody",
    "DenselyConnectedBody",
    "EarlyStoppingSection",
    "EnsembleSection",
    "Experiment",
    "ExponentialSchedule",
    "FilesSplit",
    "FoldsSplit",
    "FourVectors",
    "FourVectorsInput",
    "FriendSection",
    "GenerateSection",
    "HiddenLayers",
    "InputGroup",
    "Label",
    "LorentzBoostSection",
    "ModelSection",
    "MulticlassTarget",
    "NumberScaling",
    "Numbers",
    "NumericInput",
    "Optimizer",
    "ParameterSection",
    "ParticleParts",
    "ParticlesInput",
    "PlateauSchedule",
    "ProcessSection",
    "PruningSection",
    "QuantilesTarget",
    "RegressionTarget",
    "ResidualBody",
    "ResultSection",
    "ReversedSplit",
    "SampleSection",
    "Schedule",
    "SearchSection",
    "Section",
    "SharesSplit",
    "SplitSection",
    "StepwiseSchedule",
    "SumOfWeightsSection",
    "TabularBody",
    "Target",
    "TrainingSection",
    "VariationSection",
    "category_columns_of",
    "columns_of",
    "commented_experiment",
    "csv_section",
    "derived_weight",
    "dump_experiment",
    "experiment_findings",
    "femtobarns",
    "index_column",
    "input_columns",
    "is_experiment_file",
    "is_numbered",
    "key_paths",
    "load_experiment",
    "load_result",
    "mentions",
    "numbers_in",
    "of_number",
    "parse_experiment",
    "parts_of_particles",
    "value_at",
    "with_files",
    "with_split_files",
    "with_values",
]
