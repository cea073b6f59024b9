"""The national panel: official statistics of every English authority, year by year."""
