"""`quoteway demo --all-marketplaces`: one quote over four marketplaces, one order at each, seen as one."""
