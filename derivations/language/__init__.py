"""The language that derivations are written in, and the machine that accepts or refuses a step."""
