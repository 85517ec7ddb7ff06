"""One acceptance from each source on its way, every tool played by its own simulator, noted at simulated PSAs."""
