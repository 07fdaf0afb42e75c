"""`config.yaml`, read once into frozen, typed sections. Every fault is listed with its path, all in one go.

Secrets never stand in the file: they come from a file named there or from the environment.
Relative paths are taken from the folder of the configuration file.
"""

from __future__ import annotations

from callcenter.config.reading import check, load
from callcenter.config.secret_files import make_once, secret
from callcenter.config.whole import Config

__all__ = ["Config", "check", "load", "make_once", "secret"]
