"""How many years and boroughs an evaluation needs: trials, answers, words, and their check."""
