"""The sergeant's console: server-rendered pages that show what stands, and change nothing that a device sent."""
