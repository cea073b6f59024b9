"""What was evaluated: studies, their outcomes and year-bins, and when programmes may have begun."""
