"""A trained model behind HTTP: export it to a file, load the file without the model's code, answer
`POST /predict` with a JSON list of rows. A plain torch script; by itself it asks its own server.

    python -m jtorch examples/serve.py [--port 8000 --keep]
    curl -d '[[0.2, 0.1], [2.0, 1.5]]' http://localhost:8000/predict
"""

import argparse
import json
import pathlib
import tempfile
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import torch
from torch import nn


def trained(steps=200):
    """A network that tells points inside a ring from those outside."""
    torch.manual_seed(0)
    x = torch.randn(512, 2)
    y = ((x.norm(dim=1) - 1).abs() < 0.5).long()
    model = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(steps):
        loss = nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"trained: loss {loss.item():.4f}")
    return nn.Sequential(model, nn.Softmax(-1)).eval()


def handler(program):
    """What answers the requests."""

    class Predict(BaseHTTPRequestHandler):
        def do_POST(self):
            try:
                rows = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with torch.no_grad():
                    answer, status = program(torch.tensor(rows, dtype=torch.float32)).tolist(), 200
            except (TypeError, ValueError, RuntimeError, AssertionError) as e:
                answer, status = {"error": str(e).splitlines()[0]}, 400
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    return Predict


def ask(port, rows):
    """The server's answer."""
    url = f"http://localhost:{port}/predict"
    try:
        with urllib.request.urlopen(url, json.dumps(rows).encode()) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as e:
        return f"refused with status {e.code}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--keep", action="store_true", help="serve until interrupted")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "ring.pt2")
        batch = torch.export.Dim("batch", max=1024)
        rows = torch.zeros(2, 2)
        program = torch.export.export(trained(), (rows,), dynamic_shapes=({0: batch},))
        torch.export.save(program, path)
        loaded = torch.export.load(path).module()
    server = ThreadingHTTPServer(("localhost", options.port), handler(loaded))
    port = server.server_address[1]
    if options.keep:
        print(f"http://localhost:{port}/predict")
        server.serve_forever()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for row in ([[1.0, 0.0]], [[0.0, 0.0], [3.0, 3.0], [0.6, 0.8]]):
        print(row, "->", [[round(p, 3) for p in answer] for answer in ask(port, row)])
    print("rows of three:", ask(port, [[1.0, 2.0, 3.0]]))
    server.shutdown()


if __name__ == "__main__":
    main()
