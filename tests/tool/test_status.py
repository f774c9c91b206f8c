"""The exit status is the answer: fine, findings, a result that cannot be trusted, failure."""
import json

from program import (DEMO, FAILED, FINDINGS, FINE, MAP, UNTRUSTED, USAGE, ProgramTest, packets_of,
                     pcap)


class StatusTest(ProgramTest):
    def test_findings_count_only_when_asked_for_and_grave_enough(self):
        rows = (
            ("not asked for", ["--map", MAP], FINE),
            ("high ones are there", ["--map", MAP, "--fail-on", "high"], FINDINGS),
            ("also above what was asked", ["--map", MAP, "--fail-on", "info"], FINDINGS),
            ("none is critical", ["--map", MAP, "--fail-on", "critical"], FINE),
            ("without a map nothing is judged", ["--fail-on", "info"], FINE),
        )
        for why, options, status in rows:
            with self.subTest(why):
                self.check(self.pewit("replay", DEMO, *options), status)

    def test_a_cut_capture_is_named_and_not_trusted(self):
        data = DEMO.read_bytes()
        (self.folder / "cut.pcap").write_bytes(data[:-10])
        whole = len(list(packets_of(data)))
        ran = self.pewit("replay", "--json", "cut.pcap")
        self.check(ran, UNTRUSTED, r"damaged: cut\.pcap: packet \d+ at byte \d+.*\n.*cannot be "
                   "trusted")
        totals = json.loads(ran.out)
        self.assertEqual((totals["packets"], totals["files_damaged"], totals["trusted"]),
                         (whole - 1, 1, False))
        self.assertEqual(totals["exit_status"], UNTRUSTED)

    def test_findings_outrank_damage(self):
        (self.folder / "cut.pcap").write_bytes(DEMO.read_bytes()[:-10])
        ran = self.pewit("replay", "cut.pcap", "--map", MAP, "--fail-on", "high")
        self.check(ran, FINDINGS, r"damaged: cut\.pcap")

    def test_an_empty_file_is_damage_not_a_crash(self):
        (self.folder / "empty.pcap").write_bytes(b"")
        self.check(self.pewit("replay", "empty.pcap"), UNTRUSTED, r"empty\.pcap")

    def test_a_capture_without_packets_is_fine(self):
        (self.folder / "none.pcap").write_bytes(pcap([]))
        self.assertEqual(self.totals("none.pcap")["packets"], 0)

    def test_a_full_flow_table_costs_trust(self):
        header, frame = next((header, frame) for header, frame in packets_of(DEMO.read_bytes())
                             if frame[23] == 17)  # IPv4 without options, UDP
        port = 34  # of the source
        many = [(header, frame[:port] + number.to_bytes(2, "big") + frame[port + 2:])
                for number in range(2000, 2500)]
        (self.folder / "many.pcap").write_bytes(pcap(many))
        self.assertEqual(self.totals("many.pcap")["flows"], 500)
        totals = self.totals("many.pcap", "--set", "flow.limit=64", status=UNTRUSTED,
                             said="cannot be trusted")
        self.assertEqual(totals["flows"], 500)

    def test_every_packet_is_in_a_flow_or_counted(self):
        header, frame = next((header, frame) for header, frame in packets_of(DEMO.read_bytes())
                             if frame[23] == 17)  # IPv4 without options, UDP

        def fragment(payload, offset_8=0, more=True):
            ip = bytearray(frame[14:34])
            ip[2:4] = (20 + len(payload)).to_bytes(2, "big")
            ip[6:8] = (offset_8 | more << 13).to_bytes(2, "big")
            return bytes(ip) + payload

        def record(ip_packet):
            length = (14 + len(ip_packet)).to_bytes(4, "little")
            return header[:8] + length + length, frame[:14] + ip_packet

        udp = frame[34:42]
        vxlan = bytes.fromhex("c000 12b5 0100 0000  0800 0000 0000 0100") + frame[:14]
        rows = (
            ("a fragment in the middle", [fragment(bytes(16), 5)]),
            ("a first fragment", [fragment(udp + bytes(16))]),
            ("a first fragment that carries another", [fragment(vxlan + fragment(udp) + bytes(6))]),
            ("a datagram in two", [fragment(udp + bytes(16)), fragment(bytes(8), 3, False)]),
            ("two ends that differ", [fragment(bytes(8), 3, False), fragment(bytes(8), 2, False)]),
            ("headers cut short", [frame[14:30]]),
        )
        for why, packets in rows:
            with self.subTest(why):
                (self.folder / "odd.pcap").write_bytes(pcap(map(record, packets)))
                ran = self.pewit("replay", "odd.pcap", "-o", "-")
                self.check(ran, FINE)
                counts = [event["flow"] for event in ran.events() if event["event_type"] == "flow"]
                stats = ran.events()[-1]["stats"]
                for short, unit in (("pkts", "packets"), ("bytes", "bytes")):
                    flows = sum(count[f"{short}_toserver"] + count[f"{short}_toclient"]
                                for count in counts)
                    rest = sum(part[unit] for part in stats["rest"].values())
                    self.assertEqual(flows + rest, stats["capture"][unit], stats)
                self.assertEqual(stats["capture"]["packets"], len(packets))

    def test_output_that_cannot_be_written_is_a_failure_that_is_named(self):
        rows = (
            ("a full disk", ["-o", "/dev/full"], FAILED, "No space left on device"),
            ("no such folder", ["-o", "nowhere/events"], None, "nowhere/events"),
            ("a folder", ["-o", "."], None, r"directory"),
        )
        for why, options, status, sentence in rows:
            with self.subTest(why):
                ran = self.pewit("replay", DEMO, *options)
                self.check(ran, status or ran.status, sentence)
                self.assertIn(ran.status, (FAILED, USAGE))

    def test_a_full_standard_output_is_a_failure(self):
        rows = (
            ("the summary", ["replay", DEMO]),
            ("events", ["replay", DEMO, "-o", "-"]),
            ("totals", ["replay", DEMO, "--json"]),
            ("help", ["-h"]),
            ("help of a command", ["replay", "-h"]),
            ("the version", ["--version"]),
            ("a check", ["map", "check", MAP]),
        )
        for why, arguments in rows:
            with self.subTest(why):
                with open("/dev/full", "wb") as full:
                    self.check(self.pewit(*arguments, out=full), FAILED, "No space left on device")

    def test_a_map_with_errors_fails_its_check(self):
        document = json.loads(MAP.read_text())
        document["private_endpoints"][0]["endpoints"][0]["ips"] = ["10.0.0.300"]
        (self.folder / "map.json").write_text(json.dumps(document, indent=1))
        ran = self.pewit("map", "check", "map.json")
        self.check(ran, USAGE)
        self.assertRegex(ran.out, r"map\.json:\d+:\d+: .*10\.0\.0\.300")
        self.check(self.pewit("replay", DEMO, "--map", "map.json"), USAGE, r"10\.0\.0\.300")
        ran = self.pewit("map", "check", "--json", "map.json")
        self.check(ran, USAGE)
        self.assertEqual(json.loads(ran.out)["errors"], 1)
        self.check(self.pewit("map", "check", MAP), FINE)
