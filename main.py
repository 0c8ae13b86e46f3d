"""The app for Flet's native windows and device builds, which look for this file at the root."""

import flet as ft

from field_app.native import main

if __name__ == "__main__":
    ft.run(main)
