"""The command line `contact755`: everything a deputy can do, for car terminals, scripts and tests."""
