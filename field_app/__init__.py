"""What runs in the deputy's hand: the local store, what a deputy can do, and the commands (the screens come next)."""
