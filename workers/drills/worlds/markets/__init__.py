"""The simulated marketplaces of a world: each remembers which attempt of ours made which purchase there."""
