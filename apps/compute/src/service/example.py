# What a service runs until its team brings an image: it says that it is well, and leaves when it is told to.
import os
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

IDLE_SECONDS = 15
last_request = time.monotonic()


class Handler(BaseHTTPRequestHandler):
    server_version = "example"
    sys_version = ""
    timeout = 10

    def do_GET(self):
        global last_request
        last_request = time.monotonic()
        body = b"ok\n" if self.path == "/health" else b"Replace me by your own image\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        # Mostly health checks: they would be the whole log.
        pass


def leave(*_):
    # On Fargate Spot this comes with the notice: requests may arrive for as long as the load balancer sends them.
    def when_idle():
        while time.monotonic() - last_request < IDLE_SECONDS:
            time.sleep(1)
        server.shutdown()

    threading.Thread(target=when_idle, daemon=True).start()


server = ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler)
signal.signal(signal.SIGTERM, leave)
server.serve_forever()
