"""Workers, web processes and clocks killed and frozen under load; what was bought is counted at the marketplace."""
