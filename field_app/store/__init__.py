"""The local store: TinyDB over an append-only journal. The only place that knows TinyDB."""
