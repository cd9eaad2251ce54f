"""Subscriptions: clients are told when what a call was waiting for has come."""
