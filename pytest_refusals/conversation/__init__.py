"""Conversations that a test scripts by hand, request by request, and that nobody judges."""
