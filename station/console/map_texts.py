"""The texts of the pages about the map of the RDs, each once, by a name that the templates use."""

from collections.abc import Mapping

TEXTS: Mapping[str, str] = {
    "title": "Map of the RDs",
    "none": "This version has no map.",
    "hint": "The shapes of the station's RDs, as the county draws them. They stay at the station; no device has them. Each map is "
    "part of a version of the reference data, valid from its time.",
    "load": "Load a map",
    "load_hint": "A GeoJSON file with the county's reporting districts: Polygon or MultiPolygon, in WGS 84. RDs that are not in "
    "the station's list are left out. Nothing is saved before you have seen it.",
    "file": "GeoJSON file",
    "of_size": "At most",
    "mebibytes": "MiB.",
    "property": "Property that holds the RD",
    "property_hint": "Empty: the one that fits the station's list best.",
    "by": "The RDs were read from the property",
    "no_file": "Choose a file first.",
    "errors": "This cannot be saved",
    "errors_hint": "Nothing was changed. Mend the file in a program for maps (in QGIS: Fix geometries), and load it again.",
    "warnings": "Look at this before you save",
    "seen": "What would be saved",
    "drawn": "What the file holds",
    "picture": "The shapes of the RDs, north up; the table below says the same.",
    "unnumbered": "Where there is no room for its number in the picture, an RD has none; the table has them all.",
    "rd": "RD",
    "area": "Area",
    "size": "Square km",
    "state": "State",
    "all": "All",
    "same": "This is the map that the version has already.",
    "name": "Name",
    "bad_form": "That form cannot be read. Load the file again.",
    "bad": "See above",
    "without": "No shape",
    "gone": "No shape any more",
    "new": "New",
    "changed": "Changed",
    "as_before": "As before",
    "drawn_state": "Has a shape",
    "not_listed": "Not in the list any more",
}
