"""Exactly one purchase at a marketplace that keeps neither a key nor a reference of ours."""
