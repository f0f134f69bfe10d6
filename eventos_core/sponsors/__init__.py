"""Sponsors, packages, contracts and deliverables."""
