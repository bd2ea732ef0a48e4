#!/usr/bin/python3
"""probe_service.py - the smallest service that make run can start; tests look through it at what a service is given.

GET /readyz answers 200, GET /environment its KERVAN_* variables as JSON.
"""

from __future__ import annotations

import http.server
import json
import os


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers two paths."""

    def do_GET(self) -> None:
        """Say that all is well, or what the environment is."""
        values = {name: value for name, value in os.environ.items() if name.startswith("KERVAN_")}
        body = json.dumps(values if self.path == "/environment" else {}).encode()
        self.send_response(200 if self.path in ("/readyz", "/environment") else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["KERVAN_HTTP_PORT"])), Handler).serve_forever()
