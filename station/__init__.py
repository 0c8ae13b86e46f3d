"""The office: the station server that takes records in, and what a sergeant reads there."""
