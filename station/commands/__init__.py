"""The command line `station755`: running the station, and what a sergeant asks of it."""
