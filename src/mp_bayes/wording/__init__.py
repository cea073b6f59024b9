"""Results become words here, and only here."""
