"""The simulation study: synthetic boroughs, and what an evaluation of them would find."""
