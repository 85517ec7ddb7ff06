"""
The drills: what may go wrong is made to go wrong, on this machine, and what came of it is counted at the simulated
marketplace. `quoteway drill` runs them.
"""
