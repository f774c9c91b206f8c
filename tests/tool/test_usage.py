"""Help on every command, and what a mistake on the command line is answered with."""
from program import DEMO, FINE, MAP, USAGE, ProgramTest

COMMANDS = (["replay"], ["map", "check"], ["map", "diff"], ["map", "fetch"], ["map", "show"],
            ["tags"], ["explain"], ["learn"], ["diff"], ["run"])


class UsageTest(ProgramTest):
    def test_every_command_explains_itself(self):
        for command in [[], *COMMANDS]:
            for option in ("-h", "--help"):
                with self.subTest(" ".join(command + [option])):
                    ran = self.pewit(*command, option)
                    self.check(ran, FINE)
                    self.assertTrue(ran.out.startswith(" ".join(["Usage: pewit", *command])))

    def test_help_of_replay_tells_exit_statuses_and_settings(self):
        out = self.pewit("replay", "-h").out
        for text in ("0 fine", "1 failure", "2 usage", "3 findings", "4 the result", "flow.limit"):
            with self.subTest(text):
                self.assertIn(text, out)

    def test_version_and_build_are_told(self):
        for arguments, pattern in ((["--version"], r"^pewit \d+\.\d+\.\d+$"),
                                   (["version"], r"^pewit \d+\.\d+\.\d+$"),
                                   (["-V"], r"^pewit \d+\.\d+\.\d+$"),
                                   (["--build-info"], r"nDPI +\d"),
                                   (["build-info"], r"libpcap +\S")):
            with self.subTest(str(arguments)):
                ran = self.pewit(*arguments)
                self.check(ran, FINE)
                self.assertRegex(ran.out, pattern)

    def test_mistakes_are_answered_with_status_2_and_what_was_meant(self):
        rows = (
            # why, arguments, sentence
            ("no command", [], "Usage: pewit"),
            ("a command misspelt", ["reply"], "unknown command reply; did you mean replay"),
            ("no such command", ["frobnicate"], "unknown command frobnicate"),
            ("a subcommand misspelt", ["map", "chek"], "did you mean map check"),
            ("map alone", ["map"], "pewit map COMMAND"),
            ("map check without a map", ["map", "check"], "takes one map"),
            ("an option misspelt", ["replay", "--evnts", "flow"], "did you mean --events"),
            ("no such option", ["replay", "--frobnicate", DEMO], "unknown option --frobnicate"),
            ("no such letter", ["replay", "-Q", DEMO], "unknown option -Q"),
            ("a value left out", ["replay", "-r"], "-r needs a value"),
            ("a value too many", ["replay", "--json=x", DEMO], "--json takes no value"),
            ("an event type misspelt", ["replay", DEMO, "-o", "-", "--events", "flow,alrt"],
             "no event type \"alrt\"; did you mean alert"),
            ("a severity misspelt", ["replay", DEMO, "--fail-on", "hihg"], "did you mean high"),
            ("a setting misspelt", ["replay", DEMO, "--set", "flow.limt=1"],
             "did you mean flow.limit"),
            ("a setting without value", ["replay", DEMO, "--set", "flow.limit"], "key=value"),
            ("a setting out of bounds", ["replay", DEMO, "--set", "flow.limit=999999999999"],
             r"whole number from \d+ to"),
            ("a setting that is no number", ["replay", DEMO, "--set", "flow.limit=1k"],
             "whole number"),
            ("no workers", ["replay", DEMO, "--workers", "0"], "from 1 to"),
            ("too many workers", ["replay", DEMO, "--workers", "1000"], "1 to"),
            ("no capture", ["replay"], "no capture given"),
            ("a capture that is not there", ["replay", "no.pcap"],
             "no.pcap: no such file or directory"),
            ("another one that is not there", ["replay", DEMO, "no.pcap"],
             "no.pcap: no such file or directory"),
            ("not there, with -r", ["replay", "-r", "no.pcap"], "no.pcap: no such file"),
            ("no capture at all", ["replay", MAP], "not a capture"),
            ("a map that is not there", ["replay", DEMO, "--map", "no.json"], "no.json: "),
            ("a map that is none", ["replay", DEMO, "--map", DEMO], r"demo\.pcap:1:1"),
            ("no rules there", ["replay", DEMO, "--rules", "nowhere"], "nowhere"),
            ("a wrong filter", ["replay", DEMO, "tcp prt 443"], "filter \"tcp prt 443\""),
            ("two filters", ["replay", DEMO, "tcp", "--", "udp"], "two filter expressions"),
            ("a filter file that is not there", ["replay", DEMO, "-F", "no"], "no: "),
            ("events for nobody", ["replay", DEMO, "--events", "flow"], "--events chooses"),
            ("two masters of standard output", ["replay", DEMO, "--json", "-o", "-"],
             "both write to standard output"),
        )
        for why, arguments, sentence in rows:
            with self.subTest(why):
                ran = self.pewit(*arguments)
                self.check(ran, USAGE, sentence)
                self.assertEqual(ran.out, "")
