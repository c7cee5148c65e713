"""The tables of every service, gathered for the migrations and the catalogue tests."""

import importlib
import importlib.util
import pkgutil

from sqlalchemy import MetaData
from sqlmodel import SQLModel

import services


def metadata() -> MetaData:
    """Imports each `services.<name>.tables` there is and returns what they declared."""
    for service in pkgutil.iter_modules(services.__path__):
        if importlib.util.find_spec(f"services.{service.name}.tables"):
            importlib.import_module(f"services.{service.name}.tables")
    return SQLModel.metadata
