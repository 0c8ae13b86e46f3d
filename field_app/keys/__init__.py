"""The keys of the sealed store: where they lie, who may open them, and how wrong PINs are slowed down."""
