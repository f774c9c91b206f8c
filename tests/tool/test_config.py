"""The configuration of pewit run: what a file, conf.d and the command line come to, and what -T says."""
import json
import os

from program import DEMO, FINE, MAP, ROOT, USAGE, ProgramTest

SCHEMA = ROOT / "deploy/pewit.schema.json"


class ConfigTest(ProgramTest):
    def write(self, name, document):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return name

    def dumped(self, *arguments):
        ran = self.pewit("run", "--dump-config", *arguments)
        self.check(ran, FINE)
        return json.loads(ran.out)

    def test_conf_d_goes_over_the_file_and_the_command_line_over_both(self):
        self.write("p.json", {"capture": {"interfaces": ["a", "b"], "workers": 2, "ring_mib": 8}})
        self.write("conf.d/20.json", {"capture": {"workers": 4}})
        self.write("conf.d/10.json", {"capture": {"workers": 3, "interfaces": ["c"]}})
        self.write("conf.d/30.txt", "not read")
        dump = self.dumped("--ring", 16, "-c", "p.json", "-i", "d", "-i", "e")
        self.assertEqual(dump["capture"]["workers"], 4)
        self.assertEqual(dump["capture"]["interfaces"], ["d", "e"])
        self.assertEqual(dump["capture"]["ring_mib"], 16)
        self.assertEqual(dump["$set_by"], {"capture.workers": "conf.d/20.json:1:25",
                                           "capture.interfaces": "-i",
                                           "capture.ring_mib": "--ring"})

    def test_every_option_is_a_member(self):
        (self.folder / "filter").write_text("tcp\n port 443\n")
        rows = (
            # option, section, member, value
            (["-i", "eth0"], "capture", "interfaces", ["eth0"]),
            (["--capture", "afxdp"], "capture", "kind", "afxdp"),
            (["--only-in"], "capture", "direction", "in"),
            (["-p"], "capture", "promiscuous", False),
            (["-F", "filter"], "capture", "filter", "tcp  port 443"),
            (["tcp", "port", "443"], "capture", "filter", "tcp port 443"),
            (["--workers", "3"], "capture", "workers", 3),
            (["--ring", "3"], "capture", "ring_mib", 3),
            (["--bypass", "0"], "bypass", "flows", 0),
            (["--count", "7"], "capture", "packets", 7),
            (["--map", "/m"], None, "map", "/m"),
            (["--map", "m"], None, "map", str(self.folder / "m")),
            (["--rules", "/a", "--rules", "/b"], None, "rules", ["/a", "/b"]),
            (["--service-tags", "/t"], None, "service_tags", "/t"),
            (["--vantage", "nva"], None, "vantage", "nva"),
            (["-o", "-"], "output", "file", "-"),
            (["-l", "/var/log/pewit"], "output", "file", "/var/log/pewit/events.jsonl"),
            (["--events", "flow,alert"], "output", "types", ["flow", "alert"]),
            (["--summary"], None, "summary", True),
            (["--control", "/c"], "control", "path", "/c"),
            (["--user", "nobody"], "privileges", "user", "nobody"),
            (["--user", "nobody", "--no-confine"], "privileges", "user", None),
            (["--no-confine"], "privileges", "seccomp", False),
            (["--no-confine"], "privileges", "landlock", False),
            (["--set", "flow.limit=64"], "flow", "limit", 64),
            (["--set", "capture.vxlan_ports=1,2"], "capture", "vxlan_ports", [1, 2]),
        )
        for options, section, member, value in rows:
            with self.subTest(" ".join(options)):
                dump = self.dumped(*options)
                self.assertEqual((dump[section] if section else dump)[member], value)

    def test_a_dump_reads_back_to_the_same(self):
        self.write("p.json", {"map": "m.json", "rules": ["r"], "capture": {"interfaces": ["eth0"]}})
        first = self.dumped("-c", "p.json", "--only-in", "-o", "e.jsonl")
        self.write("elsewhere/q.json", first)
        second = self.dumped("-c", "elsewhere/q.json")
        first.pop("$set_by")
        second.pop("$set_by")
        self.assertEqual(first, second)

    def test_what_is_dumped_and_what_is_shipped_fit_the_schema(self):
        import jsonschema
        schema = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
        schema.check_schema(schema.schema)
        for document in (self.dumped("-i", "lo"),
                         json.loads((ROOT / "deploy/pewit.json").read_text()),
                         {"$schema": "x", "capture": {"workers": None, "kind": None}}):
            schema.validate(document)
        for document in ({"captur": {}}, {"capture": {"workers": 0}}, {"capture": {"kind": "x"}},
                         {"output": {"types": ["x"]}}, {"map": ""}):
            self.assertFalse(schema.is_valid(document), document)

    def test_mistakes_are_named_with_place_and_cure(self):
        rows = (
            # why, document, more options, what is said
            ("no JSON", "{", [], r"p\.json:1:1: this is not JSON"),
            ("a section misspelt", {"captur": {}}, [],
             r'p\.json:1:12: there is no "captur"; did you mean "capture"\?'),
            ("a member misspelt", {"capture": {"worker": 1}}, [],
             'no "worker" in capture; did you mean "workers"'),
            ("out of bounds", {"capture": {"workers": 99}}, [], "whole number from 1 to 16"),
            ("a word misspelt", {"capture": {"kind": "afpakcet"}}, [], "did you mean afpacket"),
            ("no interface", {"map": str(MAP)}, [], "no interface to listen on.*ip link"),
            ("metrics for all", {"metrics": {"listen": "0.0.0.0:9109"}}, ["-i", "lo"],
             r'p\.json:1:24: "0\.0\.0\.0:9109" can be reached from outside'),
            ("a path too long for a socket", {"control": {"path": "/" + "x" * 120}}, ["-i", "lo"],
             "107 at most"),
            ("events over the map", {"map": "m", "output": {"file": "m"}}, ["-i", "lo"],
             "events would overwrite it"),
            ("rings larger than the machine", {}, ["-i", "lo", "--ring", "16384", "--workers", "16"],
             "--ring: rings of 16384 MiB, for 16 workers on 1 interfaces, make 262144 MiB"),
            ("a filter without libpcap", {}, ["-i", "lo", "tcp"],
             "EXPRESSION: .*--capture pcap"),
        )
        for why, document, options, said in rows:
            with self.subTest(why):
                self.write("p.json", document)
                for test in ([], ["-T"]):
                    ran = self.pewit("run", "-c", "p.json", *test, *options)
                    self.check(ran, USAGE, said)
                    self.assertEqual(ran.out, "")

    def test_mistakes_on_the_command_line_are_named(self):
        rows = (
            ("no file", ["-c", "no.json"], r"no\.json: cannot be read: No such file"),
            ("too many workers", ["--workers", "17"], "--workers 17: a whole number from 1 to 16"),
            ("no capture of that kind", ["--capture", "afpakcet"], "did you mean afpacket"),
            ("no event type", ["--events", "flow,alrt"], 'no "alrt"; did you mean alert'),
            ("no vantage", ["--vantage", "moon"], "there are auto, host, nva, mirror"),
            ("no setting", ["--set", "flow.limt=1"], "did you mean flow.limit"),
            ("an empty name", ["--map", ""], "--map: map needs a value"),
            ("two expressions", ["-F", "no", "tcp"], "two filter expressions"),
            ("an option misspelt", ["--interfac", "lo", "--wrokers", "1"], "did you mean"),
        )
        for why, options, said in rows:
            with self.subTest(why):
                self.check(self.pewit("run", *options), USAGE, said)

    def test_t_reads_all_that_the_configuration_names(self):
        self.write("broken.json", "{")
        rows = (
            ("all is there", ["-i", "lo", "--map", MAP], FINE, None),
            ("nothing is judged", ["-i", "lo"], FINE, "note: without a map"),
            ("no such interface", ["-i", "nowhere0", "--map", MAP], USAGE,
             'no interface "nowhere0"'),
            ("it may come later", ["-i", "nowhere0", "--map", MAP, "--set",
                                   "capture.wait_for_interfaces=true"], FINE, None),
            ("no such map", ["-i", "lo", "--map", "no.json"], USAGE, r"no\.json: cannot be read"),
            ("a map that is none", ["-i", "lo", "--map", "broken.json"], USAGE, r"broken\.json:1:1"),
            ("no such rules", ["-i", "lo", "--map", MAP, "--rules", "no"], USAGE, "--rules no"),
            ("tags that are none", ["-i", "lo", "--map", MAP, "--service-tags", DEMO], USAGE,
             "demo.pcap"),
            ("no such user", ["-i", "lo", "--map", MAP, "--user", "nosuchuser"], USAGE,
             'no user "nosuchuser"'),
            ("no folder for events", ["-i", "lo", "--map", MAP, "-o", "no/e.jsonl"], USAGE,
             "output.file: no: No such file"),
        )
        for why, options, status, said in rows:
            with self.subTest(why):
                ran = self.pewit("run", "-T", *options)
                self.check(ran, status, said)
                self.assertEqual(ran.out, "configuration is fine\n" if status == FINE else "")

    def test_t_says_all_that_is_wrong_at_once(self):
        ran = self.pewit("run", "-T", "-i", "nowhere0", "--user", "nosuchuser", "--map", "no.json")
        self.check(ran, USAGE, "nowhere0")
        for said in ("nosuchuser", "no.json"):
            self.assertIn(said, ran.said)

    def test_t_neither_listens_nor_writes(self):
        self.check(self.pewit("run", "-T", "-i", "lo", "--map", MAP, "-o", "events.jsonl"), FINE)
        self.assertEqual(os.listdir(self.folder), [])

    def test_help_names_every_member(self):
        out = self.pewit("run", "-h").out
        dump = self.dumped()
        for key, value in dump.items():
            names = [f"{key}.{name}" for name in value] if isinstance(value, dict) else [key]
            for name in names:
                if not key.startswith("$"):
                    self.assertIn(f"\n  {name} ", out)
