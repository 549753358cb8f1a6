"""One stand-in of the Hugging Face Hub on loopback: datasets (publish, pull) and the model API."""
