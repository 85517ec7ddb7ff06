"""Where everything that must survive lives: PostgreSQL. Tables, sessions and queries, by noun."""
