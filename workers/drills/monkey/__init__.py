"""The broker forgets, stops and stands still, the database restarts, and connections are cut in their commits."""
