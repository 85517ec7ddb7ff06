"""Pure values and rules: what a quote, an order, a claim and an outcome are, and which moves are legal."""
