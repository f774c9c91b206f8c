"""The dashboard asks for nothing that the daemon does not say."""
import json
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).parent.parent.parent
DASHBOARD = json.loads((ROOT / "deploy/grafana/pewit.json").read_text())
SOURCE = "".join((ROOT / f"src/daemon/metrics_{part}.c").read_text() for part in ("text", "stat"))
METRIC = re.compile(r"\bpewit_[a-z_]+")
OUTSIDE = {"job", "instance"}  # labels that Prometheus gives


def expressions(value):
    """Every query of the dashboard, wherever it stands."""
    if isinstance(value, dict):
        for key, inside in value.items():
            if key in ("expr", "definition"):
                yield inside
            else:
                yield from expressions(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from expressions(inside)


class Grafana(unittest.TestCase):
    def test_each_metric_exists(self):
        known = set(METRIC.findall(SOURCE))
        asked = {name for text in expressions(DASHBOARD) for name in METRIC.findall(text)}
        self.assertGreater(len(asked), 25)
        self.assertEqual(asked - known, set())

    def test_each_label_exists(self):
        known = OUTSIDE | set(re.findall(r'\b([a-z_]+)=\\"', SOURCE)) | set(
            re.findall(r'\.label = "([a-z_]+)"', SOURCE)) | set(
            re.findall(r'put_named\(out, "pewit_[a-z_]+", "([a-z_]+)"', SOURCE))
        for text in expressions(DASHBOARD):
            for name in re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)\s*\"", text):
                self.assertIn(name, known, text)
            for names in re.findall(r"\bby \(([^)]*)\)", text):
                self.assertLessEqual({name.strip() for name in names.split(",")}, known, text)

    def test_counters_are_asked_for_their_growth_and_gauges_are_not(self):
        for text in expressions(DASHBOARD):
            for name in METRIC.findall(text):
                grows = re.search(rf"\b(rate|increase)\({name}\b", text) is not None
                self.assertEqual(grows, name.endswith("_total"), text)

    def test_panels_have_their_own_place_and_number(self):
        taken = set()
        for panel in DASHBOARD["panels"]:
            place = panel["gridPos"]
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                     for y in range(place["y"], place["y"] + place["h"])}
            self.assertTrue(cells.isdisjoint(taken), panel["title"])
            self.assertLessEqual(place["x"] + place["w"], 24)
            taken |= cells
        numbers = [panel["id"] for panel in DASHBOARD["panels"]]
        self.assertEqual(len(numbers), len(set(numbers)))

    def test_it_can_be_imported_anywhere(self):
        sources = {json.dumps(panel["datasource"]) for panel in DASHBOARD["panels"]
                   if "datasource" in panel}
        self.assertEqual(sources, {json.dumps({"type": "prometheus", "uid": "${datasource}"})})
        self.assertNotIn("id", DASHBOARD)


if __name__ == "__main__":
    unittest.main()
