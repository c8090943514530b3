"""`python -m galley.app`: the command line."""

from galley.app.cli.program import main

if __name__ == "__main__":
    main()
