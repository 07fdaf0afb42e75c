"""Ears: worker processes that listen to callers, `python -m ivr.ears`, and what the service needs to talk with them."""
