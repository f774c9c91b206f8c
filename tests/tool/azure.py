"""A small Azure for tests: tokens as the instance metadata service gives them, over HTTP, and pages as
Azure Resource Graph gives them, over TLS. What goes wrong is a list of functions, one for each request."""
import http.server
import json
import ssl
import subprocess
import threading

GRAPH = "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01"
TOKEN = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource="


def certificate(folder, name):
    """(certificate, key) for localhost, signed by itself."""
    paths = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-out", paths[0], "-keyout", paths[1]],
                   check=True, stderr=subprocess.DEVNULL)
    return paths


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, **headers):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content_Length": len(body), **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        azure = self.server.azure
        azure.asked.append(self.path)
        if self.headers["Metadata"] != "true" or not self.path.startswith(TOKEN):
            return self.answer(400, {"error": "invalid_request", "error_description": "no"})
        if azure.token_answer:
            return self.answer(*azure.token_answer)
        azure.tokens += 1
        return self.answer(200, {"access_token": f"secret-{azure.tokens}", "token_type": "Bearer",
                                 "expires_in": azure.expires_in})

    def do_POST(self):
        azure = self.server.azure
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        azure.bodies.append(body)
        if azure.trouble:
            trouble = azure.trouble.pop(0)
            if trouble:
                return trouble(self)
        if self.path != GRAPH:
            return self.answer(404, {"error": {"code": "NotFound", "message": self.path}})
        if self.headers["Authorization"] != f"Bearer secret-{azure.tokens}":
            return self.answer(401, {"error": {"code": "ExpiredToken", "message": "old"}})
        return self.answer(200, azure.page(body))


class Azure:
    """Three pages of resources, one of DNS records."""

    def __init__(self, folder):
        self.tokens, self.expires_in, self.token_answer = 0, "3599", None
        self.asked, self.bodies, self.trouble = [], [], []
        self.rows = {"resources": [{"id": f"/r/{i}", "n": 1.50, "é": "}]\\\""} for i in range(5)],
                     "dnsresources": [{"id": "/d/0"}]}
        self.servers = []
        self.ca, key = certificate(folder, "azure")
        self.imds = f"http://127.0.0.1:{self.serve(None)}"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca, key)
        self.arm = f"https://localhost:{self.serve(context)}"

    def serve(self, context):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.azure = self
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.servers.append(server)
        return server.server_address[1]

    def close(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def page(self, body):
        rows = self.rows[body["query"].split()[0]]
        at = int(body["options"].get("$skipToken", "0"))
        page = {"totalRecords": len(rows), "count": 2, "data": rows[at:at + 2], "facets": [],
                "resultTruncated": "false"}
        if at + 2 < len(rows):
            page["$skipToken"] = str(at + 2)
        return page
