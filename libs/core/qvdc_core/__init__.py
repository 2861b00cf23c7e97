"""Pure ground: refusals, identifiers, clock, units."""
