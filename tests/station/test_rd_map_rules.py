"""A county's GeoJSON is judged: every bad place is named in a sentence, and what is sound becomes a map."""

import json

import pytest
from documents import norwalk
from hypothesis import given
from hypothesis import strategies as st
from shapes import BOW_TIE, SIDE, collection, feature, file_of, grid, moved, spelled, square

from station.geojson import FEATURES_MAX, GEOJSON_BYTES_MAX, BadGeojson, Polygons
from station.rd_map_content import VERTICES_MAX, RdMap, packed, read_content, unpacked
from station.rd_map_rules import judged_file, judged_shapes, square_kilometres

RDS = ["0450", "0451", "0452", "0453"]
GOOD = grid(RDS)
SOUND = judged_shapes(GOOD, RDS).shapes
ONE: Polygons = GOOD["0450"]
HOLE: Polygons = [[ONE[0][0], square(-118.0, 33.9, 0.001)]]
FLAT: Polygons = [[[(-118.1, 33.9)] * 4]]
NESTED: Polygons = [*ONE, [square(-118.096, 33.904, 0.002)]]


def geometry(kind: str | None, coordinates: object) -> bytes:
    """A file whose first RD has this geometry."""
    found = feature("0450", ONE) | {"geometry": kind and {"type": kind, "coordinates": coordinates}}
    return collection(found)


def only_error(raw: bytes) -> str:
    """The one error of a file."""
    judged = judged_file(raw, RDS)
    assert judged.map is None
    (error,) = judged.errors
    return error


def test_a_sound_file_is_a_map_of_every_rd() -> None:
    judged = judged_file(file_of(GOOD), RDS)
    assert (judged.errors, judged.warnings, judged.by) == ([], [], "RD")
    assert judged.map is not None
    assert judged.map.shapes.keys() == GOOD.keys()
    # 0.01 degrees at 33.905 degrees north on the ellipsoid of WGS 84: 924.8 by 1,109.2 metres.
    assert square_kilometres(judged.map.shapes["0450"]) == pytest.approx(1.0258, abs=0.0005)


UNREADABLE: list[tuple[bytes, str]] = [
    (b"\x00", "The file is not JSON"),
    (b'{"type": "FeatureCollection", "features": [NaN]}', "The file is not JSON (NaN is no number)."),
    (b"[" * 100_000, "The file is not JSON"),
    (b"[]", "The file is no GeoJSON FeatureCollection"),
    (b'{"type": "Topology"}', "The file is no GeoJSON FeatureCollection"),
    (collection(), "The file has no features."),
    (collection(7), "Feature number 1 of the file is no feature."),
    (collection(*[{}] * (FEATURES_MAX + 1)), f"The file has more than {FEATURES_MAX} features."),
    (b" " * (GEOJSON_BYTES_MAX + 1), "The file is larger than 24 MiB."),
    (collection(feature("1574", ONE)), "No property of the features holds an RD of the station's list."),
    (
        collection(feature("0450", ONE), crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2229"}}),
        "The file says that its coordinates are of 'urn:ogc:def:crs:EPSG::2229'. Export it again as GeoJSON in WGS 84",
    ),
]


@pytest.mark.parametrize(("raw", "said"), UNREADABLE, ids=[said[:40] for _, said in UNREADABLE])
def test_a_file_that_cannot_be_read_says_what_to_do(raw: bytes, said: str) -> None:
    with pytest.raises(BadGeojson) as refusal:
        judged_file(raw, RDS)
    assert str(refusal.value).startswith(said)


BAD: list[tuple[bytes, str]] = [
    (file_of({"0450": BOW_TIE}), "RD 0450 crosses itself at longitude -118.09000, latitude 33.91000."),
    (file_of({"0450": HOLE}), "RD 0450 has a hole outside its border at longitude -118.0"),
    (file_of({"0450": FLAT}), "RD 0450 has a ring without any area at"),
    (file_of({"0450": NESTED}), "RD 0450 has one part within another at"),
    (file_of({"0450": [[square(-118.1, 33.9, 1e-8)]]}), "RD 0450 is smaller than a tenth of a metre."),
    (geometry(None, None), "RD 0450 (feature 1) has no geometry."),
    (geometry("Point", [1, 2]), "RD 0450 (feature 1) is a Point; an RD is a Polygon or a MultiPolygon."),
    (geometry("Polygon", []), "RD 0450 (feature 1) has no coordinates."),
    (geometry("Polygon", None), "RD 0450 (feature 1) has coordinates that are no list of rings"),
    (geometry("Polygon", [{"a": 1}]), "RD 0450 (feature 1) has coordinates that are no list of rings"),
    (geometry("Polygon", [[{}, {}, {}, {}]]), "RD 0450 (feature 1) has coordinates that are no list of rings"),
    (geometry("MultiPolygon", 7), "RD 0450 (feature 1) has coordinates that are no list of rings"),
    (geometry("Polygon", [[[1]] * 4]), "RD 0450 (feature 1) has coordinates that are no list of rings"),
    (geometry("Polygon", [[[1, 2], [2, 2], [1, 2]]]), "RD 0450 (feature 1) has a ring of 3 positions; the least is 4."),
    (geometry("Polygon", [[[1, 2], [2, 2], [2, 3], [1, 3]]]), "RD 0450 (feature 1) has a ring that does not end"),
    (geometry("Polygon", [[["1", 2]] * 4]), "RD 0450 (feature 1) has a coordinate that is no number ('1')."),
    (geometry("Polygon", [[[True, 2]] * 4]), "RD 0450 (feature 1) has a coordinate that is no number ('True')."),
    (geometry("Polygon", [[[10**400, 2]] * 4]), "RD 0450 (feature 1) has a coordinate that is no number ('1000"),
    (
        geometry("MultiPolygon", spelled(ONE, lambda x, y: [6_500_000 + x, 1_800_000 + y])),
        "RD 0450: These are no degrees (6.49988e+06, 1.80003e+06): the file seems to be projected, as in feet of the state",
    ),
    (
        geometry("MultiPolygon", spelled(ONE, lambda x, y: [y, x])),
        "RD 0450: Latitude stands before longitude there (33.9, -118.1). Export it again",
    ),
    (
        collection(feature("0450", ONE), feature("0451", GOOD["0451"]), feature(450, GOOD["0452"])),
        "RD 0450 (feature 1) is there again as feature 3: join them into one MultiPolygon, or take one out.",
    ),
    (
        file_of({**GOOD, "0451": moved(GOOD["0451"], (-SIDE / 2, 0))}),
        "RD 0450 and RD 0451 overlap by more than 10 metres: 512,939 square metres at longitude -118.0925",
    ),
    (
        file_of({"0450": [[[(i / 1e4 % 1, i / 1e7) for i in range(VERTICES_MAX)] + [(0.0, 0.0)]]]}),
        "The shapes have 100,001 positions; the most is 100,000.",
    ),
]


@pytest.mark.parametrize(("raw", "said"), BAD, ids=[said[:60] for _, said in BAD])
def test_every_bad_place_is_named_in_a_sentence(raw: bytes, said: str) -> None:
    error = only_error(raw)
    assert error.startswith(said)
    assert error.endswith(".")


def test_all_bad_places_are_named_at_once_and_the_bad_can_still_be_drawn() -> None:
    judged = judged_file(collection(feature("0450", BOW_TIE), feature("0451", []), feature("0453", GOOD["0453"])), RDS)
    assert len(judged.errors) == 2
    assert (set(judged.bad), set(judged.shapes)) == ({"0450", "0451"}, {"0450", "0453"})


def test_what_is_doubtful_is_told_and_keeps_nobody_from_saving() -> None:
    far = moved(GOOD["0453"], (3.0, 0))
    features = [feature(rd, GOOD[rd]) for rd in ("0450", "0451")]
    raw = collection(*features, feature("0453", far), feature("1574", far), feature("1575", []), feature(None, []))
    judged = judged_file(raw, RDS)
    assert judged.map is not None
    assert judged.map.shapes.keys() == {"0450", "0451", "0453"}
    assert judged.warnings == [
        "RD 0453 lies 279 km from the middle of all: see whether its number is right.",
        "Without a shape, of the station's list: RD 0452.",
        "Not in the station's list, and left out: 2 RDs: 1574, 1575.",
        "Features without a number, and left out: 1.",
    ]


def test_hundreds_that_are_left_out_are_counted_and_some_named() -> None:
    raw = collection(feature("0450", ONE), *(feature(f"{number}", []) for number in range(1_500, 1_700)))
    assert judged_file(raw, RDS).warnings[-1].endswith("1510, 1511 and 188 more.")


def test_slivers_between_neighbours_are_no_overlap() -> None:
    closer = file_of({**GOOD, "0451": moved(GOOD["0451"], (-0.00008, 0))})  # seven metres
    assert judged_file(closer, RDS).errors == []


PROPERTIES: list[tuple[list[dict[str, object]], str]] = [
    ([{"OBJECTID": 450, "NAME": "0451"}, {"OBJECTID": 451, "NAME": "0450"}], "NAME"),  # spelled as in the list
    ([{"OBJECTID": 450, "REPDIST": 451}, {"OBJECTID": 451, "REPDIST": 450.0}], "REPDIST"),  # zeros lost: by its name
    (
        [{"RD_NO": "of old", "district": " 0451 "}, {"district": "450"}],
        "district",
    ),  # what is called so and does not fit
]


@pytest.mark.parametrize(("properties", "by"), PROPERTIES, ids=[by for _, by in PROPERTIES])
def test_the_property_that_holds_the_rd_is_found(properties: list[dict[str, object]], by: str) -> None:
    shapes = [GOOD["0451"], GOOD["0450"]]
    features = [feature("", shape) | {"properties": found} for shape, found in zip(shapes, properties, strict=True)]
    judged = judged_file(collection(*features), RDS)
    assert (judged.by, judged.errors) == (by, [])
    assert judged.shapes == {rd: SOUND[rd] for rd in ("0450", "0451")}


def test_a_property_can_be_chosen_and_one_that_is_not_there_is_told() -> None:
    raw = collection(feature("0450", ONE, OLD="0451"))
    assert judged_file(raw, RDS, "OLD").shapes == {"0451": SOUND["0450"]}
    with pytest.raises(BadGeojson, match=r"No feature has a property 'COLOUR'\. There are: OLD, RD\."):
        judged_file(raw, RDS, "COLOUR")
    with pytest.raises(BadGeojson, match="The property 'OLD' holds no RD of the station's list"):
        judged_file(raw, ["0450"], "OLD")


def test_heights_holes_and_several_parts_are_read() -> None:
    parts: Polygons = [[ONE[0][0], square(-118.096, 33.904, 0.002)], [square(-118.05, 33.9)]]
    raw = geometry("MultiPolygon", spelled(parts, lambda x, y: [x, y, 30.5]))
    judged = judged_file(raw, RDS)
    assert judged.errors == []
    # One square less 0.2 by 0.2 of it, and another.
    assert square_kilometres(judged.shapes["0450"]) == pytest.approx(1.96 * 1.0258, abs=0.001)


def test_a_map_has_one_spelling_wherever_its_rings_begin() -> None:
    turned: Polygons = [[[*ONE[0][0][2:-1], *ONE[0][0][:3]]]]
    backwards: Polygons = [[ONE[0][0][::-1]]]
    names = {RdMap(judged_shapes({"0450": each}, RDS).shapes).name for each in (ONE, turned, backwards)}
    assert len(names) == 1


@given(st.integers(1, 40), st.integers(1, 9), st.tuples(*[st.floats(-0.3, 0.3)] * 2))
def test_a_grid_of_squares_is_sound_wherever_it_lies_and_comes_back_from_its_form(
    count: int, columns: int, by: tuple[float, float]
) -> None:
    rds = [f"{number:04}" for number in range(count)]
    judged = judged_shapes({rd: moved(each, by) for rd, each in grid(rds, columns).items()}, rds)
    assert (judged.errors, judged.warnings) == ([], [])
    assert judged.map is not None
    again = judged_shapes(
        unpacked(packed(judged.map)).shapes, rds
    )  # what is rounded is sound, and rounded again the same
    assert again.map == judged.map
    assert read_content(judged.map.content) == judged.map


@given(st.integers(2, 20), st.data())
def test_one_square_that_is_moved_by_half_overlaps(count: int, data: st.DataObject) -> None:
    rds = [f"{number:04}" for number in range(count)]
    which = data.draw(st.integers(1, count - 1))
    shapes = grid(rds, columns=count)
    shapes[rds[which]] = moved(shapes[rds[which]], (-SIDE / 2, 0))
    judged = judged_shapes(shapes, rds)
    assert judged.bad == {rds[which - 1], rds[which]}
    assert judged.errors[0].startswith(f"RD {rds[which - 1]} and RD {rds[which]} overlap")


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda each: (
            st.lists(each)
            | st.dictionaries(st.sampled_from(["type", "coordinates", "features", "geometry", "properties"]), each)
        ),
    )
)
def test_whatever_a_file_holds_it_is_judged_in_sentences(found: object) -> None:
    for raw in (json.dumps(found).encode(), collection(found), collection(feature("0450", ONE) | {"geometry": found})):
        assert all(each.endswith(".") for each in said_of(raw))


def said_of(raw: bytes) -> list[str]:
    """What is wrong with a file."""
    try:
        return list(judged_file(raw, RDS).errors)
    except BadGeojson as problem:
        return [str(problem)]


@pytest.mark.parametrize("text", ["", "x", "AAAA", "H4sIAAAAAAAAA6uuBQBDv6ajAgAAAA==x", "\u00e9"])
def test_what_holds_no_map_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"map|ASCII"):
        unpacked(text)


def test_the_list_of_rds_that_ships_can_have_a_map() -> None:
    rds = [rd for area in norwalk()["areas"] for rd in area["rds"]]
    assert judged_file(file_of(grid(rds)), rds).errors == []
