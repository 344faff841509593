"""`python -m review.cli`: the same as `dualtrack`, where the console script is not on the path."""

from review.cli import main

if __name__ == "__main__":
    main()
