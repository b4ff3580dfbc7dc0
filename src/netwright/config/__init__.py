"""What an experiment file may say: one typed section each, with every default here and only here."""

from netwright.config.data import DataSection
from netwright.config.experiment import Experiment
from netwright.config.inputs import CategoricalInput, FourVectorsInput, InputGroup, NumericInput
from netwright.config.load import dump_experiment, load_experiment, parse_experiment
from netwright.config.model import Body, DeepSetsBody, DenseBody, ModelSection
from netwright.config.split import SplitSection
from netwright.config.targets import BinaryTarget, MulticlassTarget, RegressionTarget, Target
from netwright.config.template import commented_experiment
from netwright.config.training import EarlyStoppingSection, PlateauSection, TrainingSection

__all__ = [
    "BinaryTarget",
    "Body",
    "CategoricalInput",
    "DataSection",
    "DeepSetsBody",
    "DenseBody",
    "EarlyStoppingSection",
    "Experiment",
    "FourVectorsInput",
    "InputGroup",
    "ModelSection",
    "MulticlassTarget",
    "NumericInput",
    "PlateauSection",
    "RegressionTarget",
    "SplitSection",
    "Target",
    "TrainingSection",
    "commented_experiment",
    "dump_experiment",
    "load_experiment",
    "parse_experiment",
]
