"""nginx: docker.io/library/nginx, its unprivileged sister and the demo pages that are made of it."""

from __future__ import annotations

from kubelab.cluster.node.image import COMMAND, Image
from kubelab.cluster.node.images.tags import releases
from kubelab.cluster.node.layertypes import Files
from kubelab.cluster.node.programs.nginx import ENTRYPOINT, Nginx

INDEX = """<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href="http://nginx.org/">nginx.org</a>.<br/>
Commercial support is available at
<a href="http://nginx.com/">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
"""
ERROR = """<!DOCTYPE html>
<html>
<head>
<title>Error</title>
</head>
<body>
<h1>An error occurred.</h1>
<p>Sorry, the page you are looking for is currently unavailable.<br/>
Please try again later.</p>
</body>
</html>
"""
CONF = """
user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;


events {
    worker_connections  1024;
}


http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;

    log_format  main  '$remote_addr - $remote_user [$time_local] "$request" '
                      '$status $body_bytes_sent "$http_referer" '
                      '"$http_user_agent" "$http_x_forwarded_for"';

    access_log  /var/log/nginx/access.log  main;

    sendfile        on;
    #tcp_nopush     on;

    keepalive_timeout  65;

    #gzip  on;

    include /etc/nginx/conf.d/*.conf;
}
"""
DEFAULT_CONF = """server {
    listen       80;
    listen  [::]:80;
    server_name  localhost;

    #access_log  /var/log/nginx/host.access.log  main;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }

    #error_page  404              /404.html;

    # redirect server error pages to the static page /50x.html
    #
    error_page   500 502 503 504  /50x.html;
    location = /50x.html {
        root   /usr/share/nginx/html;
    }
}
"""
PATCHES = {
    "1.7": 12, "1.8": 1, "1.9": 15, "1.10": 3, "1.11": 13, "1.12": 2, "1.13": 12, "1.14": 2, "1.15": 12, "1.16": 1,
    "1.17": 10, "1.18": 0, "1.19": 10, "1.20": 2, "1.21": 6, "1.22": 1, "1.23": 4, "1.24": 0, "1.25": 5, "1.26": 3,
    "1.27": 5, "1.28": 1, "1.29": 8, "1.30": 2, "1.31": 6,
}  # fmt: skip
NAMES = {"mainline": "1.31.6", "stable": "1.30.2", "1": "1.31.6"}
VARIANTS = ("alpine", "slim", "perl", "otel", "trixie", "bookworm", "bullseye", "buster")


def files(version: str) -> Files:
    """Returns what the image holds besides its distribution."""
    return {
        "/usr/share/nginx/html/index.html": INDEX,
        "/usr/share/nginx/html/50x.html": ERROR,
        "/etc/nginx/nginx.conf": CONF,
        "/etc/nginx/conf.d/default.conf": DEFAULT_CONF,
        "/etc/nginx/mime.types": "types {\n    text/html html htm shtml;\n}\n",
        "/docker-entrypoint.sh": {"type": "file", "text": '#!/bin/sh\nexec "$@"\n', "mode": 0o755},
        "/docker-entrypoint.d/": {"type": "dir"},
        "/var/log/nginx/access.log": {"type": "link", "target": "/dev/stdout"},
        "/var/log/nginx/error.log": {"type": "link", "target": "/dev/stderr"},
        "/var/cache/nginx/": {"type": "dir"},
    }


NGINX = Nginx()
IMAGES = [
    Image(
        repository="docker.io/library/nginx",
        version=releases(PATCHES, latest="1.31.6", names=NAMES, variants=VARIANTS),
        size=72.0,
        entrypoint=(ENTRYPOINT,),
        cmd=("nginx", "-g", "daemon off;"),
        env_of=lambda version: {"NGINX_VERSION": version, "PKG_RELEASE": "1~bookworm", "DYNPKG_RELEASE": "1~bookworm"},
        stop_signal="SIGQUIT",
        files=files,
        base="debian",
        tools=("curl", "nginx"),
        programs={"docker-entrypoint.sh": NGINX, "nginx": NGINX, "sh": COMMAND},
    ),
    Image(
        repository="docker.io/nginxinc/nginx-unprivileged",
        size=71.0,
        entrypoint=(ENTRYPOINT,),
        cmd=("nginx", "-g", "daemon off;"),
        user="101",
        stop_signal="SIGQUIT",
        files=lambda version: {
            **files(version),
            "/etc/nginx/conf.d/default.conf": DEFAULT_CONF.replace("80;", "8080;"),
        },
        base="debian",
        tools=("curl", "nginx"),
        programs={"docker-entrypoint.sh": NGINX, "nginx": NGINX},
    ),
]
