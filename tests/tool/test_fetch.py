"""Fetching from Azure: whole or not at all, whatever the service does; and no secret gets out."""
import json

from azure import Azure, certificate
from program import FAILED, FINE, USAGE, ProgramTest

# Nothing of this machine's settings may come between.
ALONE = {name: "" for name in ("https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY")}


def status(code, body=None, **headers):
    return lambda handler: handler.answer(code, body or {}, **headers)


def garbage(handler):
    handler.answer(200, b'{"data": [{"id": "/r/0"}, oh')


def cut(handler):
    """Fewer bytes than promised."""
    handler.send_response(200)
    handler.send_header("Content-Length", "4096")
    handler.end_headers()
    handler.wfile.write(b'{"data": [')
    handler.wfile.flush()
    handler.close_connection = True


def echo(handler):
    """An error that quotes the token."""
    handler.answer(400, {"error": {"code": "Bad", "message": handler.headers["Authorization"]}})


class FetchTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.azure = Azure(self.folder)
        self.addCleanup(self.azure.close)

    def fetch(self, *arguments, arm=None, imds=None, ca=None):
        ran = self.pewit("map", "fetch", "--arm", arm or self.azure.arm,
                         "--imds", imds or self.azure.imds, "--ca", ca or self.azure.ca, *arguments,
                         env=ALONE)
        self.assertNotIn("secret-", ran.out + ran.said)
        return ran

    def test_all_pages_of_both_queries_are_there_unchanged(self):
        ran = self.fetch("-o", "azure.json", "--subscription", "s-1", "--subscription", "s-2")
        self.check(ran, FINE, "6 rows in 4 pages")
        text = (self.folder / "azure.json").read_text()
        self.assertEqual(json.loads(text),
                         {"data": self.azure.rows["resources"] + self.azure.rows["dnsresources"]})
        self.assertNotIn("secret-", text)
        for body in self.azure.bodies:
            self.assertEqual(body["subscriptions"], ["s-1", "s-2"])
            self.assertNotIn("managementGroups", body)
            self.assertEqual(body["options"]["resultFormat"], "objectArray")
        self.assertEqual([body["options"].get("$skipToken") for body in self.azure.bodies],
                         [None, "2", "4", None])

    def test_management_groups_are_asked_for_in_place_of_subscriptions(self):
        self.check(self.fetch("--management-group", "m-1"), FINE, "6 rows")
        for body in self.azure.bodies:
            self.assertEqual(body["managementGroups"], ["m-1"])
            self.assertNotIn("subscriptions", body)

    def test_an_empty_subscription_is_an_empty_list(self):
        self.azure.rows = {"resources": [], "dnsresources": []}
        ran = self.fetch()
        self.check(ran, FINE, "0 rows in 2 pages")
        self.assertEqual(json.loads(ran.out), {"data": []})
        self.assertNotIn("subscriptions", self.azure.bodies[0])

    def test_what_passes_is_tried_again(self):
        rows = (
            ("too many requests", [None, status(429, Retry_After=1)], 1),
            ("a failure of the service", [status(503), None, status(500)], 1),
            ("an answer cut short", [cut], 1),
            ("a token that is refused", [None, status(401)], 2),
        )
        for why, trouble, tokens in rows:
            with self.subTest(why):
                self.azure.trouble, self.azure.tokens = list(trouble), 0
                ran = self.fetch()
                self.check(ran, FINE, "6 rows in 4 pages")
                self.assertEqual(len(json.loads(ran.out)["data"]), 6)
                self.assertEqual(self.azure.tokens, tokens)
                self.assertEqual(self.azure.trouble, [])

    def test_a_token_that_runs_out_is_replaced_in_time(self):
        self.azure.expires_in = "1"
        self.azure.trouble = [status(429, Retry_After=2)]
        self.check(self.fetch(), FINE, "6 rows")
        self.assertGreater(self.azure.tokens, 1)

    def test_what_does_not_pass_is_said_and_nothing_written(self):
        error = {"error": {"code": "AuthorizationFailed", "message": "no\nright\x1b[31m"}}
        rows = (
            ("no rights", [status(403, error)],
             r"status 403: AuthorizationFailed: no right \[31m; give the identity the Reader role"),
            ("refused with a new token too", [status(401), status(401)], "status 401"),
            ("a redirect", [status(302, Location="https://wingtip.example/")],
             "status 302 redirects elsewhere"),
            ("no JSON", [None, garbage], r"resources\?api-version=2021-03-01:1:27: "),
            ("another service", [status(200, {"hello": 1})], 'no "data"; is this'),
            ("rows that are no objects", [status(200, {"data": [1]})], "a row is no object"),
            ("rows left out", [status(200, {"data": [], "resultTruncated": "true"})],
             "left rows out"),
            ("the same page for ever", 2 * [status(200, {"data": [], "$skipToken": "x"})],
             "names no further page"),
            ("an error that quotes the token", [echo], "status 400$"),
        )
        for why, trouble, said in rows:
            with self.subTest(why):
                self.azure.trouble = list(trouble)
                self.check(self.fetch("-o", "azure.json"), FAILED, said)
                self.assertFalse((self.folder / "azure.json").exists())

    def test_tokens_that_are_none(self):
        rows = (
            ("no such identity",
             (400, {"error": "invalid_request", "error_description": "Identity not found"}),
             "status 400: invalid_request: Identity not found"),
            ("no JSON", (200, b"secret-9"), "holds no access_token"),
            ("a line break in it", (200, {"access_token": "secret-9\r\nHost: x", "expires_in": "9"}),
             "holds no access_token"),
            ("no lifetime", (200, {"access_token": "secret-9"}), "with expires_in"),
        )
        for why, answer, said in rows:
            with self.subTest(why):
                self.azure.token_answer = answer
                self.check(self.fetch(), FAILED, said)
                self.assertEqual(self.azure.bodies, [])

    def test_the_identity_and_the_cloud_are_chosen(self):
        self.check(self.fetch("--client-id", "11111111-2222-3333-4444-555555555555", "--cloud", "gov"),
                   FINE, "6 rows")
        self.assertTrue(self.azure.asked[0].endswith(
            "resource=https://management.usgovcloudapi.net"
            "&client_id=11111111-2222-3333-4444-555555555555"))

    def test_another_certificate_is_refused_at_once(self):
        other, _ = certificate(self.folder, "other")
        self.check(self.fetch(ca=other), FAILED, "(?i)certificate.*--ca")
        self.assertEqual(self.azure.bodies, [])
        self.check(self.fetch(arm=self.azure.arm.replace("localhost", "127.0.0.1")), FAILED, "--ca")

    def test_nobody_answers(self):
        self.azure.close()
        self.check(self.fetch("--time-limit", "2"), FAILED, ": .+; not done after 2 s")

    def test_mistakes_are_answered(self):
        rows = (
            ("http to elsewhere", ["--arm", "http://management.azure.com"], "is no address to ask",
             FAILED),
            ("another scheme", ["--arm", "file:///etc/passwd"], "is no address to ask", FAILED),
            ("credentials in it", ["--arm", "https://a:b@localhost"], "is no address to ask", FAILED),
            ("no client id", ["--client-id", "a&b"], "is no client id", FAILED),
            ("no cloud", ["--cloud", "gvo"], "did you mean gov?", USAGE),
            ("no time", ["--time-limit", "0"], "give seconds", USAGE),
            ("both scopes", ["--subscription", "s-1", "--management-group", "m-1"], "not both",
             USAGE),
            ("too many groups", 11 * ["--management-group", "m-1"], "more than 10", USAGE),
            ("too many subscriptions", 1001 * ["--subscription", "s-1"], "more than 1000", USAGE),
            ("an operand", ["map.json"], "takes no operands", USAGE),
        )
        for why, arguments, said, code in rows:
            with self.subTest(why):
                self.check(self.fetch(*arguments), code, said)
        self.check(self.fetch("-o", "none/azure.json"), FAILED, "none/azure.json: No such file")
