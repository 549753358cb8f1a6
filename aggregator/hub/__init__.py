"""The Hugging Face Hub: publish and pull datasets, and look up model metadata.

What belongs here: all requests to the Hub's API. The files of a dataset belong in `aggregator.dataset`,
what metadata means for identity in `aggregator.identity`.
"""
