"""Run the command line with `python -m mp_bayes`."""

from mp_bayes.commands.cli import main

if __name__ == "__main__":
    main()
