"""How somebody's code comes in: by the names of its arguments, unedited."""

from rlcheck.subjects.batch import Batch
from rlcheck.subjects.networks import Networks, OwnNetworks
from rlcheck.subjects.subject import Subject, check_setting, make_subject

__all__ = ["Batch", "Networks", "OwnNetworks", "Subject", "check_setting", "make_subject"]
