"""Apache httpd."""

from __future__ import annotations

from kubelab.cluster.node.image import Image
from kubelab.cluster.node.images.tags import releases
from kubelab.cluster.node.programs.httpd import HpaExample, Httpd

PATCHES = {"2.2": 34, "2.4": 66}
SERVER, PHP = Httpd(), HpaExample()
PAGE = """<?php
$x = 0.0001;
for ($i = 0; $i <= 1000000; $i++) {
  $x += sqrt($x);
}
echo "OK!";
?>
"""
IMAGES = [
    Image(
        repository="docker.io/library/httpd",
        version=releases(PATCHES, latest="2.4.66", variants=("alpine", "trixie", "bookworm", "bullseye")),
        size=58.0,
        cmd=("httpd-foreground",),
        env_of=lambda version: {"HTTPD_PREFIX": "/usr/local/apache2", "HTTPD_VERSION": version},
        env={"PATH": "/usr/local/apache2/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
        workdir="/usr/local/apache2",
        stop_signal="SIGWINCH",
        files=lambda version: {
            "/usr/local/apache2/htdocs/index.html": "<html><body><h1>It works!</h1></body></html>\n",
            "/usr/local/apache2/conf/httpd.conf": 'ServerRoot "/usr/local/apache2"\nListen 80\n',
        },
        base="debian",
        programs={"httpd-foreground": SERVER, "httpd": SERVER},
    ),
    Image(
        repository="registry.k8s.io/hpa-example",
        size=180.0,
        cmd=("apache2-foreground",),
        workdir="/var/www/html",
        stop_signal="SIGWINCH",
        files=lambda version: {"/var/www/html/index.php": PAGE},
        base="debian",
        programs={"apache2-foreground": PHP},
    ),
]
