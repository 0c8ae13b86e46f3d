"""Figures: what the programs cost, each against a floor or a peer in the same run. Never shipped."""
