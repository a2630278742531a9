"""How somebody's code comes in: by the names of its arguments, unedited."""

from rlcheck.subjects.agents import is_agent, make_agent
from rlcheck.subjects.batch import Batch
from rlcheck.subjects.loading import find, from_object, load
from rlcheck.subjects.networks import Networks, OwnNetworks
from rlcheck.subjects.subject import Subject, check_setting, make_subject

__all__ = [
    "Batch",
    "Networks",
    "OwnNetworks",
    "Subject",
    "check_setting",
    "find",
    "from_object",
    "is_agent",
    "load",
    "make_agent",
    "make_subject",
]
