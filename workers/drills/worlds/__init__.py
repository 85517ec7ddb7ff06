"""
Ten thousand worlds: seeded simulations of everything that can come together, in one process and virtual time.

One seed makes one plan, one plan makes one world. A world that breaks a rule is played again with fewer and fewer steps
until none can be left out.
"""
