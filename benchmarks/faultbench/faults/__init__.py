"""The registry of faults: which there are, and the faulty programs and healthy twins made from them."""

from faultbench.faults._registry import FAULTS, Case, cases
from faultbench.faults.fault import Fault

__all__ = ["FAULTS", "Case", "Fault", "cases"]
