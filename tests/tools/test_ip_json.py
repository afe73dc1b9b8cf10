"""`ip -j`: what scripts read, in iproute2's own form.

Source: iproute2 6.1, whose output for the same interfaces these texts are.
"""

import json

LOOPBACK = """[ {
        "ifindex": 1,
        "ifname": "lo",
        "flags": [ "LOOPBACK","UP","LOWER_UP" ],
        "mtu": 65536,
        "qdisc": "noqueue",
        "operstate": "UNKNOWN",
        "group": "default",
        "txqlen": 1000,
        "link_type": "loopback",
        "address": "00:00:00:00:00:00",
        "broadcast": "00:00:00:00:00:00",
        "addr_info": [ {
                "family": "inet",
                "local": "127.0.0.1",
                "prefixlen": 8,
                "scope": "host",
                "label": "lo",
                "valid_life_time": 4294967295,
                "preferred_life_time": 4294967295
            } ]
    } ]
"""


def test_pretty_json_is_spread_over_lines_as_iproute2_does_it(console):
    assert console.ok("ssh worker-1 ip -j -p addr show lo") == LOOPBACK


def test_the_jsons_of_links_addresses_and_routes_tell_what_the_text_tells(console):
    console.ok("kubectl create deployment web --image=nginx --replicas=3")
    console.advance(30)
    links = json.loads(console.ok("ssh worker-1 ip -j link"))
    assert [each["ifindex"] for each in links] == sorted(each["ifindex"] for each in links)
    cable = next(each for each in links if each["ifname"].startswith("veth"))
    assert ",".join(cable) == (
        "ifindex,link_index,ifname,flags,mtu,qdisc,master,operstate,linkmode,group,txqlen,link_type,address,broadcast,"
        "link_netnsid"
    )
    assert cable["master"] == "cni0"
    assert console.ok("ssh worker-1 'ip -j -4 addr show eth0 | jq -r .[0].addr_info[0].local'") == "192.168.100.12\n"
    routes = json.loads(console.ok("ssh worker-1 ip -j route"))
    assert routes[0] == {"dst": "default", "gateway": "192.168.100.1", "dev": "eth0", "protocol": "static", "flags": []}
    assert routes[-1] == {"dst": "192.168.100.0/24", "dev": "eth0", "protocol": "kernel", "scope": "link",
                          "prefsrc": "192.168.100.12", "flags": []}  # fmt: skip
    overlay = next(each for each in routes if each["dev"] == "flannel.1")
    assert overlay["flags"] == ["onlink"]
    way = json.loads(console.ok("ssh worker-1 ip -j route get 8.8.8.8"))
    assert way == [{"dst": "8.8.8.8", "gateway": "192.168.100.1", "dev": "eth0", "prefsrc": "192.168.100.12",
                    "flags": [], "uid": 0, "cache": []}]  # fmt: skip
    assert console.ok("ssh worker-1 ip -j route show 10.88.0.0/16") == "[]\n"
    brief = json.loads(console.ok("ssh worker-1 ip -br -j addr"))
    assert brief[0] == {"ifname": "lo", "operstate": "UNKNOWN", "addr_info": [{"local": "127.0.0.1", "prefixlen": 8}]}


def test_what_is_not_there_is_told_in_words(console):
    assert console.fails("ssh worker-1 ip -j addr show nope") == 'Device "nope" does not exist.\n'
