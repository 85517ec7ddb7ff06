"""The product shown in half a minute: telling quotes against the simulated Pax8, counted where things are bought."""
