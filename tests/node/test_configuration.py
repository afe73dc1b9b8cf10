"""What containers get from ConfigMaps, Secrets, the downward API. Source: kubernetes.io, concepts/configuration."""

from tests.node.lab import Lab

SETTINGS = """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings}
    data: {colour: blue, "app.conf": "level=1\\n"}
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: credentials}
    stringData: {password: s3cret}
"""


def show(lab: Lab, container: str, volumes: str = "[]", command: str = "[sleep, '3600']") -> None:
    lab.apply(f"""
        apiVersion: v1
        kind: Pod
        metadata: {{name: app, labels: {{tier: front}}, annotations: {{note: hello}}}}
        spec:
          volumes: {volumes}
          containers:
          - name: app
            image: busybox:1.37
            command: {command}
            {container}
    """)


def values(lab: Lab, *names: str) -> list[str]:
    return lab.sh("app", "; ".join(f'echo "${name}"' for name in names)).splitlines()


def test_keys_become_variables(lab):
    lab.apply(SETTINGS)
    show(
        lab,
        """env:
            - {name: COLOUR, valueFrom: {configMapKeyRef: {name: settings, key: colour}}}
            - {name: PASSWORD, valueFrom: {secretKeyRef: {name: credentials, key: password}}}
            - {name: BOTH, value: "$(COLOUR)-$(PASSWORD)-$(NOBODY)-$$(COLOUR)"}""",
    )
    lab.started("app")
    assert values(lab, "COLOUR", "PASSWORD", "BOTH") == ["blue", "s3cret", "blue-s3cret-$(NOBODY)-$(COLOUR)"]


def test_all_keys_may_come_with_a_prefix(lab):
    lab.apply(SETTINGS)
    show(lab, "envFrom: [{prefix: MY_, configMapRef: {name: settings}}, {secretRef: {name: credentials}}]")
    lab.started("app")
    assert values(lab, "MY_colour", "password") == ["blue", "s3cret"]


def test_a_variable_keeps_its_value_until_the_container_is_restarted(lab):
    lab.apply(SETTINGS)
    show(lab, "env: [{name: COLOUR, valueFrom: {configMapKeyRef: {name: settings, key: colour}}}]",
         command="[sh, -c, 'sleep 60']")  # fmt: skip
    lab.started("app")
    change(lab, colour="red")
    lab.advance(5)
    assert values(lab, "COLOUR") == ["blue"]
    lab.until(lambda: lab.container("app")["restartCount"] == 1)
    assert values(lab, "COLOUR") == ["red"]


def change(lab: Lab, **data: str) -> None:
    from kubelab.cluster.kinds import ConfigMap
    from kubelab.cluster.objects import Key

    found = lab.api.get(ConfigMap, Key("default", "settings"))
    assert found is not None
    lab.api.update(ConfigMap, {**found, "data": {**found["data"], **data}})


def test_a_missing_configmap_is_waited_for(lab):
    show(lab, "env: [{name: COLOUR, valueFrom: {configMapKeyRef: {name: settings, key: colour}}}]")
    lab.until(lambda: lab.word("app") == "CreateContainerConfigError")
    assert lab.waiting("app") == ("CreateContainerConfigError", 'configmap "settings" not found')
    assert lab.said("app", "Failed") == ['Error: configmap "settings" not found']
    assert lab.status("app")["phase"] == "Pending"
    lab.apply(SETTINGS)
    assert lab.started("app") < 16


def test_a_missing_secret_and_a_missing_key_are_told_apart(lab):
    show(lab, "envFrom: [{secretRef: {name: credentials}}]")
    lab.until(lambda: lab.word("app") == "CreateContainerConfigError")
    assert lab.waiting("app")[1] == 'secret "credentials" not found'
    lab.delete("app", grace=0)
    lab.advance(2)
    lab.apply(SETTINGS)
    show(lab, "env: [{name: X, valueFrom: {configMapKeyRef: {name: settings, key: size}}}]")
    lab.until(lambda: lab.word("app") == "CreateContainerConfigError")
    assert lab.waiting("app")[1] == "couldn't find key size in ConfigMap default/settings"


def test_what_is_optional_may_be_missing(lab):
    show(
        lab,
        """env: [{name: X, valueFrom: {secretKeyRef: {name: none, key: none, optional: true}}}]
            envFrom: [{configMapRef: {name: none, optional: true}}]""",
    )
    lab.started("app")
    assert values(lab, "X") == [""]


def test_a_configmap_is_mounted_as_files(lab):
    lab.apply(SETTINGS)
    show(lab, "volumeMounts: [{name: conf, mountPath: /etc/app}]", "[{name: conf, configMap: {name: settings}}]")
    lab.started("app")
    assert lab.sh("app", "for f in /etc/app/*; do echo $f; done") == "/etc/app/app.conf\n/etc/app/colour\n"
    assert lab.sh("app", "read x < /etc/app/app.conf; echo $x") == "level=1\n"
    assert "ead-only file system" in lab.sh("app", "echo x > /etc/app/colour")


def test_a_mounted_configmap_follows_its_changes_a_minute_later(lab):
    lab.apply(SETTINGS)
    show(lab, "volumeMounts: [{name: conf, mountPath: /etc/app}]", "[{name: conf, configMap: {name: settings}}]")
    lab.started("app")
    change(lab, colour="red")
    lab.advance(1)
    assert lab.sh("app", "read x < /etc/app/colour || true; echo $x") == "blue\n"
    lab.advance(100)
    assert lab.sh("app", "read x < /etc/app/colour || true; echo $x") == "red\n"


def test_a_file_mounted_alone_never_follows(lab):
    lab.apply(SETTINGS)
    show(lab, "volumeMounts: [{name: conf, mountPath: /etc/colour, subPath: colour}]",
         "[{name: conf, configMap: {name: settings}}]")  # fmt: skip
    lab.started("app")
    change(lab, colour="red")
    lab.advance(200)
    assert lab.sh("app", "read x < /etc/colour || true; echo $x") == "blue\n"


def test_a_mounted_configmap_that_was_deleted_stays_to_be_seen(lab):
    from kubelab.cluster.kinds import ConfigMap
    from kubelab.cluster.objects import Key

    lab.apply(SETTINGS)
    show(lab, "volumeMounts: [{name: conf, mountPath: /etc/app}]", "[{name: conf, configMap: {name: settings}}]")
    lab.started("app")
    lab.api.delete(ConfigMap, Key("default", "settings"))
    lab.advance(200)
    assert lab.sh("app", "read x < /etc/app/colour || true; echo $x") == "blue\n"


def test_a_missing_volume_source_holds_the_pod_back(lab):
    show(lab, "volumeMounts: [{name: conf, mountPath: /etc/app}]", "[{name: conf, configMap: {name: settings}}]")
    lab.advance(5)
    assert lab.word("app") == "ContainerCreating"
    assert lab.said("app", "FailedMount") == [
        'MountVolume.SetUp failed for volume "conf" : configmap "settings" not found'
    ]
    lab.apply(SETTINGS)
    lab.started("app")


def test_a_missing_secret_volume_is_named_too(lab):
    show(lab, "volumeMounts: [{name: keys, mountPath: /keys}]", "[{name: keys, secret: {secretName: credentials}}]")
    lab.advance(5)
    assert lab.said("app", "FailedMount") == [
        'MountVolume.SetUp failed for volume "keys" : secret "credentials" not found'
    ]


def test_a_pod_learns_of_itself(lab):
    show(
        lab,
        """resources: {limits: {cpu: 1500m, memory: 64Mi}}
            env:
            - {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
            - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
            - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
            - {name: TIER, valueFrom: {fieldRef: {fieldPath: "metadata.labels['tier']"}}}
            - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
            - {name: MEMORY, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}""",
    )
    lab.started("app")
    pod = lab.pod("app")
    assert values(lab, "NAME", "IP", "NODE", "TIER", "CPU", "MEMORY") == [
        "app", pod["status"]["podIP"], pod["spec"]["nodeName"], "front", "2", "64",
    ]  # fmt: skip


def test_labels_are_mounted_as_a_file(lab):
    show(lab, "volumeMounts: [{name: info, mountPath: /info}]",
         '[{name: info, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}]')  # fmt: skip
    lab.started("app")
    assert lab.sh("app", "read x < /info/labels || true; echo $x") == 'tier="front"\n'


def test_every_pod_has_a_service_accounts_token(lab):
    lab.run("app", "busybox:1.37", "sleep", "3600")
    lab.started("app")
    there = "/var/run/secrets/kubernetes.io/serviceaccount"
    assert lab.sh("app", f"for f in {there}/*; do echo ${{f##*/}}; done") == "ca.crt\nnamespace\ntoken\n"
    assert lab.sh("app", f"read x < {there}/namespace || true; echo $x") == "default\n"


def test_services_that_were_there_first_are_in_the_environment(lab):
    lab.apply("{apiVersion: v1, kind: Service, metadata: {name: my-db}, spec: {ports: [{port: 5432}]}}")
    lab.run("app", "busybox:1.37", "sleep", "3600")
    lab.started("app")
    names = values(lab, "MY_DB_SERVICE_PORT", "MY_DB_PORT_5432_TCP_PROTO", "KUBERNETES_SERVICE_HOST", "KUBERNETES_PORT")
    assert names == ["5432", "tcp", "10.96.0.1", "tcp://10.96.0.1:443"]


def test_a_container_that_must_not_be_root_is_held_back(lab):
    lab.run("app", "nginx:1.27", securityContext={"runAsNonRoot": True})
    lab.until(lambda: lab.word("app") == "CreateContainerConfigError")
    uid = lab.pod("app")["metadata"]["uid"]
    message = f'container has runAsNonRoot and image will run as root (pod: "app_default({uid})", container: app)'
    assert lab.waiting("app")[1] == message
