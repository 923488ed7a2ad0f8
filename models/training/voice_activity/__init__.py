"""Whether somebody speaks, for every tenth of a second."""
