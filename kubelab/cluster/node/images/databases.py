"""Databases and caches: mysql, mariadb, postgres, mongo, redis, memcached."""

from __future__ import annotations

from kubelab.cluster.node.image import COMMAND, Image
from kubelab.cluster.node.images.tags import releases
from kubelab.cluster.node.program import Stop
from kubelab.cluster.node.programs import databases
from kubelab.cluster.node.programs.databases import Database
from kubelab.cluster.node.programs.memcached import Memcached
from kubelab.cluster.node.programs.redis import Redis

MYSQL = Database(
    3306,
    secrets=("MYSQL_ROOT_PASSWORD", "MYSQL_ALLOW_EMPTY_PASSWORD", "MYSQL_RANDOM_ROOT_PASSWORD"),
    refusal=databases.mysql_refusal,
    lines=databases.mysql_lines,
    ready=14.5,
    stop=Stop(1.5, 0),
    runs_as="mysql",
    dialect="mysql",
)
MARIADB = Database(
    3306,
    secrets=(
        "MARIADB_ROOT_PASSWORD", "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD", "MARIADB_RANDOM_ROOT_PASSWORD",
        "MYSQL_ROOT_PASSWORD", "MYSQL_ALLOW_EMPTY_PASSWORD", "MYSQL_RANDOM_ROOT_PASSWORD",
    ),
    refusal=databases.mariadb_refusal,
    ready=6.0,
    stop=Stop(1.0, 0),
    runs_as="mysql",
    dialect="mysql",
)  # fmt: skip
POSTGRES = Database(
    5432,
    secrets=("POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE", "POSTGRES_HOST_AUTH_METHOD"),
    refusal=lambda container: databases.POSTGRES_REFUSAL.split("\n"),
    lines=databases.postgres_lines,
    ready=1.6,
    stop=Stop(0.3, 0),
    runs_as="postgres",
    dialect="postgres",
)
MONGO = Database(27017, lines=databases.mongo_lines, ready=1.6, stop=Stop(0.5, 0), runs_as="mongodb")
MEMCACHED = Memcached()
REDIS = Redis()
SLIM = ("trixie", "bookworm", "bullseye", "alpine")

IMAGES = [
    Image(
        repository="docker.io/library/mysql",
        version=releases(
            {"5.6": 51, "5.7": 44, "8.0": 45, "8.4": 8, "9.0": 1, "9.4": 0, "9.5": 0, "9.6": 0},
            latest="9.6.0", names={"lts": "8.4.8", "innovation": "9.6.0"}, variants=("oraclelinux", "oracle", "debian"),
        ),
        size=245.0,
        entrypoint=("docker-entrypoint.sh",),
        cmd=("mysqld",),
        env_of=lambda version: {"MYSQL_MAJOR": version.rpartition(".")[0], "MYSQL_VERSION": f"{version}-1.el9"},
        base="debian",
        tools=("mysql", "mysqladmin", "mysqldump"),
        programs={"docker-entrypoint.sh": MYSQL, "mysqld": MYSQL, "sh": COMMAND},
    ),
    Image(
        repository="docker.io/library/mariadb",
        version=releases(
            {"10.5": 29, "10.6": 24, "10.11": 15, "11.4": 9, "11.8": 5, "12.0": 2, "12.1": 2}, latest="12.1.2",
            names={"lts": "11.8.5"}, variants=("noble", "jammy", "ubi"),
        ),
        size=104.0,
        entrypoint=("docker-entrypoint.sh",),
        cmd=("mariadbd",),
        base="ubuntu",
        tools=("mariadb", "mysql", "mariadb-admin"),
        programs={"docker-entrypoint.sh": MARIADB, "mariadbd": MARIADB},
    ),
    Image(
        repository="docker.io/library/postgres",
        version=releases({"12": 22, "13": 23, "14": 21, "15": 16, "16": 12, "17": 8, "18": 2}, latest="18.2",
                         variants=SLIM),
        size=162.0,
        entrypoint=("docker-entrypoint.sh",),
        cmd=("postgres",),
        env_of=lambda version: {"PG_MAJOR": version.partition(".")[0], "PGDATA": "/var/lib/postgresql/data"},
        stop_signal="SIGINT",
        base="debian",
        tools=("psql", "pg_dump", "pg_isready", "createdb"),
        programs={"docker-entrypoint.sh": POSTGRES, "postgres": POSTGRES},
    ),
    Image(
        repository="docker.io/library/mongo",
        version=releases({"4.4": 30, "5.0": 32, "6.0": 27, "7.0": 30, "8.0": 19, "8.2": 5}, latest="8.2.5",
                         variants=("noble", "jammy", "focal")),
        size=290.0,
        entrypoint=("docker-entrypoint.sh",),
        cmd=("mongod",),
        base="ubuntu",
        tools=("mongosh", "mongodump"),
        programs={"docker-entrypoint.sh": MONGO, "mongod": MONGO},
    ),
    Image(
        repository="docker.io/library/redis",
        version=releases(
            {"5.0": 14, "6.0": 20, "6.2": 21, "7.0": 15, "7.2": 12, "7.4": 7, "8.0": 5, "8.2": 3, "8.4": 1},
            latest="8.4.1", variants=SLIM,
        ),
        size=52.0,
        entrypoint=("docker-entrypoint.sh",),
        cmd=("redis-server",),
        env_of=lambda version: {"REDIS_VERSION": version},
        files=lambda version: {"/data/": {"type": "dir"}},
        workdir="/data",
        base="debian",
        tools=("redis-cli", "redis-benchmark"),
        programs={"docker-entrypoint.sh": REDIS, "redis-server": REDIS},
    ),
    Image(
        repository="docker.io/library/memcached",
        version=releases({"1.5": 22, "1.6": 40}, latest="1.6.40", variants=SLIM),
        size=32.0,
        entrypoint=("docker-entrypoint.sh",),
        cmd=("memcached",),
        user="11211",
        base="debian",
        programs={"docker-entrypoint.sh": MEMCACHED, "memcached": MEMCACHED},
    ),
]  # fmt: skip
