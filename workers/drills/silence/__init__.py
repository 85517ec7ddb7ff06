"""Long silence: a hundred thousand parked orders, beside which new ones pass and some of which wake all at once."""
