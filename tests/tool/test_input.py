"""Where captures may come from, and what of them is read."""
import gzip
import struct
import subprocess

from program import DEMO, UNTRUSTED, ROOT, ProgramTest, packets_of, pcap

SEEDS = ROOT / "tests/fuzz/seeds/pcap_file"


def ipv4(protocol, source, rest):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(rest), 1, 0x4000, 64, protocol, 0,
                       source.to_bytes(4, "big"), bytes((10, 100, 0, 1))) + rest


def record(second, packet):
    return struct.pack("<IIII", second, 0, len(packet), len(packet)), packet


class InputTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.data = DEMO.read_bytes()
        self.packets = list(packets_of(self.data))
        self.want = self.events(DEMO)

    def events(self, *arguments, stdin=b""):
        """What is written of the traffic; the statistics tell of files."""
        ran = self.pewit("replay", *arguments, "-o", "-", stdin=stdin)
        self.check(ran, 0)
        return [line for line in ran.out.splitlines() if '"event_type":"stats"' not in line]

    def test_the_way_a_capture_comes_does_not_change_its_events(self):
        (self.folder / "demo.pcap.gz").write_bytes(gzip.compress(self.data))
        subprocess.run(["zstd", "-q", DEMO, "-o", self.folder / "demo.pcap.zst"], check=True)
        rows = (
            ("-r, as in tcpdump", ["-r", DEMO], b""),
            ("gzip", ["demo.pcap.gz"], b""),
            ("zstd", ["demo.pcap.zst"], b""),
            ("standard input", ["-"], self.data),
            ("standard input with -r", ["-r", "-"], self.data),
            ("gzip on standard input", ["-"], gzip.compress(self.data)),
            ("a filter that lets all pass", [DEMO, "ip or arp"], b""),
            ("several workers", [DEMO, "--workers", "3"], b""),
            ("several workers on standard input", ["-", "--workers", "2"], self.data),
        )
        for why, arguments, stdin in rows:
            with self.subTest(why):
                self.assertEqual(self.events(*arguments, stdin=stdin), self.want)

    def test_workers_do_not_wait_for_each_other_when_few_packets_fill_a_batch(self):
        """Many flows of both workers time out at one moment; all that follows is for one of them."""
        flows, large = 30000, 600
        packets = [record(1000, ipv4(17, 0x0a000001 + i, struct.pack(">HHHH", 1024 + i, 9999, 16, 0)
                                     + bytes(8))) for i in range(flows)]
        packets += [record(2000, ipv4(6, 0x0a000001, struct.pack(
            ">HHIIBBHHH", 50000, 443, i * 60000, 0, 0x50, 0x10, 65535, 0, 0) + bytes(60000)))
            for i in range(large)]
        header = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101)
        totals = self.totals("--workers", "2", "-", stdin=pcap(packets, header))
        self.assertEqual((totals["packets"], totals["flows"]), (flows + large, flows + 1))

    def test_a_capture_in_parts_is_put_together_by_time(self):
        parts = self.folder / "parts"
        parts.mkdir()
        (parts / "b.pcap").write_bytes(pcap(self.packets[::2]))
        (parts / "a.pcap").write_bytes(pcap(self.packets[1::2]))
        (parts / "README").write_text("no capture: passed over\n")
        for why, arguments in (("two files", ["parts/b.pcap", "parts/a.pcap"]),
                               ("the other way round", ["parts/a.pcap", "parts/b.pcap"]),
                               ("a folder", ["parts"]),
                               ("twice -r", ["-r", "parts/a.pcap", "-r", "parts/b.pcap"])):
            with self.subTest(why):
                self.assertEqual(self.events(*arguments), self.want)

    def test_in_natural_order_files_are_read_one_after_the_other(self):
        half = len(self.packets) // 2
        (self.folder / "1").write_bytes(pcap(self.packets[half:]))
        (self.folder / "2").write_bytes(pcap(self.packets[:half]))
        self.assertEqual(self.totals("1", "2")["time_backwards"], 0)
        self.assertEqual(self.totals("1", "2", "--natural-order")["time_backwards"], 1)

    def test_a_filter_leaves_packets_out_and_counts_them(self):
        (self.folder / "filter").write_text("udp port 53\n")
        rows = (
            ("one operand", ["udp port 53"]),
            ("several operands", ["udp", "port", "53"]),
            ("after --", ["--", "udp port 53"]),
            ("from a file", ["-F", "filter"]),
        )
        whole = len(self.packets)
        for why, arguments in rows:
            with self.subTest(why):
                totals = self.totals(DEMO, *arguments)
                self.assertEqual(totals["packets"] + totals["filtered"], whole)
                self.assertEqual(set(totals["events"]), {"flow", "dns", "stats"})
        self.assertEqual(self.totals("-r", DEMO, "tcp")["packets"] +
                         self.totals(DEMO, "not tcp")["packets"], whole)

    def test_formats_are_told_by_their_first_bytes(self):
        for name in ("us_little.pcap", "ns_big.pcap", "version_2_3.pcap", "patched.pcap",
                     "little.pcapng", "big_two_sections.pcapng", "plain.pcap.gz", "ng.pcapng.zst"):
            with self.subTest(name):
                (self.folder / "capture").write_bytes((SEEDS / name).read_bytes())
                self.assertGreater(self.totals("capture")["packets"], 0)

    def test_one_damaged_file_does_not_hide_the_others(self):
        (self.folder / "cut.pcap").write_bytes(self.data[:2000])
        totals = self.totals("cut.pcap", DEMO, "--natural-order", status=UNTRUSTED,
                             said=r"damaged: cut\.pcap")
        self.assertGreater(totals["packets"], len(self.packets))
        self.assertEqual((totals["files"], totals["files_damaged"]), (2, 1))
