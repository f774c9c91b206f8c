"""A stand-in for the instance metadata service, as far as tokens go.   python3 imds.py ADDRESS

Answers as the real one does: 400 without `Metadata: true` or with X-Forwarded-For. The token is
made up.
"""
import http.server
import json
import sys
import urllib.parse

PATH = "/metadata/identity/oauth2/token"


class Imds(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def reply(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        asked = urllib.parse.parse_qs(url.query)
        if self.headers.get("Metadata") != "true" or "X-Forwarded-For" in self.headers:
            self.reply(400, {"error": "invalid_request",
                             "error_description": "Required metadata header not specified"})
        elif url.path != PATH or "resource" not in asked:
            self.reply(404, {"error": "not_found"})
        else:
            self.reply(200, {"access_token": "made-up-token-of-the-lab", "token_type": "Bearer",
                             "expires_in": "86399", "resource": asked["resource"][0]})

    def log_message(self, format, *args):  # the lab's output is the tests'
        pass


if __name__ == "__main__":
    http.server.ThreadingHTTPServer((sys.argv[1], 80), Imds).serve_forever()
