"""The screens, one a file: they show the state and call actions, and do nothing themselves."""
