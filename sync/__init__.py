"""The agreement between hand and office: records, wire and the decisions of an exchange."""

__version__ = "0.1.0"
