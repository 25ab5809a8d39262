# A web server that says it is well: put your own in its place.
set -euo pipefail

cat > /usr/local/lib/web-server.py <<'END'
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    # Not the version of Python, which the default tells everyone.
    server_version = "web-fleet"
    sys_version = ""
    timeout = 10

    def do_GET(self):
        body = b"ok\n" if self.path == "/health" else b"Served by the web fleet\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("", 8080), Handler).serve_forever()
END

cat > /etc/systemd/system/web-server.service <<'END'
[Unit]
Description=Web server of the fleet
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=/usr/bin/python3 /usr/local/lib/web-server.py
DynamicUser=yes
ProtectSystem=strict
ProtectHome=yes
NoNewPrivileges=yes
Restart=always

[Install]
WantedBy=multi-user.target
END

systemctl enable --now web-server.service
