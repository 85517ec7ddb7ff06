"""Races of people and machines: two of them at the same order, in both orders of commit, forced at the seams."""
