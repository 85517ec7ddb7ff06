"""
Every crash point, by enumeration: each scenario is run once undisturbed to see which seams it crosses, then once for
each crossing that can lose anything, with a real process killed, or frozen, right there.
"""
