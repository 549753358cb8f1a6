"""Write YAML in which every text is read back as text, by parsers of YAML 1.1 and of YAML 1.2."""

import math
import re
from typing import Any

import yaml

_NUMBER_OF_YAML_1_2 = re.compile(r"[-+]?(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][-+]?\d+)?$|[-+]?0o[0-7_]+$")


class _Dumper(yaml.SafeDumper):  # type: ignore[misc] # PyYAML has no types
    """PyYAML quotes texts that are numbers in YAML 1.1; this also quotes those of YAML 1.2, such as `1e3`."""


_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _NUMBER_OF_YAML_1_2, list("-+.0123456789"))


def to_yaml(document: dict[str, Any]) -> str:
    """Return `document` as ASCII, with its keys in their order and each text on one line."""
    return str(yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=math.inf))
