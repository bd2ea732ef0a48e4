#!/usr/bin/python3
"""gateway_schema_test - the gateway is called with all that openapi.yaml allows, and much that it does not.

    tests/stack/gateway_schema_test.py [SEED]

No answer may be a failure of ours, or of a status, type or shape that is not described.  That a body which does not
fit is refused is for the contract tests: what a read is asked for is checked by its owner, and these are not real.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unittest

from gateway_stack import ALL_SCOPES, ROOT, GatewayCase

sys.path.insert(0, str(ROOT / "proto"))
from openapi_whole import flatten  # noqa: E402

TOOL = ROOT / "build/schemathesis/bin/schemathesis"
CHECKS = ("not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
          "response_schema_conformance,unsupported_method,ignored_auth")
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "4")
LIMIT_S = 200
SEED = "1"


class SchemaTest(GatewayCase):
    """One run over all addresses."""

    def test_all_addresses(self) -> None:
        """No failure of ours, no breach of what is described."""
        key = self.new_key(None, ALL_SCOPES + ",admin")
        whole = self.servers.folder / "openapi.json"
        whole.write_text(json.dumps(flatten(ROOT / "proto/openapi.yaml")))
        done = subprocess.run(
            [str(TOOL), "--config-file", str(ROOT / "tests/contract/schemathesis.toml"), "run", "--no-color",
             "--checks", CHECKS, "--phases", "examples,fuzzing", "--max-examples", EXAMPLES, "--seed", SEED,
             "--workers", "4", "--request-timeout", "40", "--no-shrink", "--generation-database", "none",
             "--suppress-health-check", "all", "--warnings", "off", "--exclude-path-regex", "^/(metrics|readyz)$",
             "-H", f"Authorization: Bearer {key}",
             "--url", f"http://127.0.0.1:{self.port}", str(whole)],
            env=os.environ | {"SCHEMATHESIS_HOOKS": "ndjson_bodies", "PYTHONPATH": str(ROOT / "tests/contract")},
            cwd=self.servers.folder, capture_output=True, text=True, timeout=LIMIT_S, check=False)
        # Its exit status also tells of inputs that it could not make twice alike; what counts is what was answered.
        said = done.stdout[-20000:] + done.stderr[-2000:]
        self.assertIn("No issues found", done.stdout, said)
        self.assertRegex(done.stdout, r"\b([1-9][0-9]{2,}) generated, \1 passed", said)


if __name__ == "__main__":
    SEED = sys.argv.pop() if len(sys.argv) > 1 and sys.argv[-1].isdigit() else SEED
    unittest.main(verbosity=2)
