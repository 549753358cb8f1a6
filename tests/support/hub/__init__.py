"""The stand-in for the Hugging Face Hub on loopback: datasets (publish, pull) and the model API, on one server."""

from tests.support.hub.dataset_routes import CI_SECRET, TRUSTED_DATASET
from tests.support.hub.server import serve_hub
from tests.support.hub.state import TOKEN, Effect, Fault, StandInHub, model_record

__all__ = ["CI_SECRET", "TOKEN", "TRUSTED_DATASET", "Effect", "Fault", "StandInHub", "model_record", "serve_hub"]
