"""A real nginx on loopback, on ports that the system chooses, with a log of what was asked."""

import http.client
import json
import os
import signal
import socket
import subprocess

CONFIGURATION = """daemon off;
user root;
worker_processes 1;
worker_rlimit_nofile 8192;
pid %(folder)s/nginx.pid;
events { worker_connections 4096; }
http {
    log_format requests escape=json '{"at":$msec,"uri":"$request_uri","status":$status,'
        '"bytes":$bytes_sent,"request_bytes":$request_length,"agent":"$http_user_agent",'
        '"if_none_match":"$http_if_none_match","if_modified_since":"$http_if_modified_since"}';
    access_log %(folder)s/requests.log requests;
    types { application/xml xml; text/html htm; }
    root %(root)s;
    client_body_temp_path %(folder)s/t1; proxy_temp_path %(folder)s/t2;
    fastcgi_temp_path %(folder)s/t3; uwsgi_temp_path %(folder)s/t4; scgi_temp_path %(folder)s/t5;
    map $status $later { 503 %(later)d; default ""; }
    add_header Retry-After $later always;
    server {
        listen 127.0.0.1:%(port)d;
        if (-f %(folder)s/trouble) { return 503; }
    }
    server {
        listen 127.0.0.1:%(mark)d;
        access_log off;
        return 204;
    }
    %(secure)s
}
"""
SECURE = """server {
        listen 127.0.0.1:%(port)d ssl;
        ssl_certificate %(certificate)s.pem; ssl_certificate_key %(certificate)s.key;
    }"""


class Nginx:
    """Serves `root`; its files and log are in `folder`. `certificate` is the path of a .pem and a
    .key without their ends, or None. While the folder has a file `trouble`, http gives 503 and a
    Retry-After of `later` seconds."""

    def __init__(self, folder, root, certificate=None, later=20):
        # nginx is told of sockets that listen already as an older nginx tells a newer one.
        sockets = [socket.create_server(("127.0.0.1", 0), backlog=512)
                   for _ in range(2 + (certificate is not None))]
        ports = [one.getsockname()[1] for one in sockets]
        secure = SECURE % {"port": ports[-1], "certificate": certificate} if certificate else ""
        self.port, self.mark_port = ports[:2]
        self.tls_port = ports[-1]
        self.log_path = os.path.join(folder, "requests.log")
        path = os.path.join(folder, "nginx.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(CONFIGURATION % {"folder": folder, "root": root, "port": self.port,
                                        "mark": self.mark_port, "secure": secure,
                                        "later": later})
        numbers = [one.fileno() for one in sockets]
        self.process = subprocess.Popen(
            ["/usr/sbin/nginx", "-p", folder, "-c", path, "-e", os.path.join(folder, "nginx.log")],
            pass_fds=numbers, env={**os.environ, "NGINX": "".join("%d;" % n for n in numbers)})
        for one in sockets:
            one.close()

    def url(self, path, secure=False):
        if secure:
            return "https://localhost:%d/%s" % (self.tls_port, path)
        return "http://127.0.0.1:%d/%s" % (self.port, path)

    def requests(self):
        """All requests that have been answered until now, as objects. The one worker writes an
        answer down before it turns to what comes next, which is a mark that is not written down."""
        mark = http.client.HTTPConnection("127.0.0.1", self.mark_port, timeout=10)
        try:
            mark.request("GET", "/")
            mark.getresponse().read()
        except OSError:
            pass  # It has ended, and all is written down.
        finally:
            mark.close()
        try:
            with open(self.log_path, encoding="utf-8") as file:
                return [json.loads(line) for line in file if line.endswith("\n")]
        except FileNotFoundError:
            return []

    def stop(self):
        self.process.send_signal(signal.SIGQUIT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
