"""Parts of screens: values and callbacks in, controls out; they know neither the state nor the store."""
