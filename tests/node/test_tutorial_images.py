"""The applications of Kubernetes' own tutorials show their first page.

Source: kubernetes.io, tutorials/stateless-application/guestbook and
tutorials/stateful-application/mysql-wordpress-persistent-volume.
"""

import pytest

GET = "kubectl run ask --image=curlimages/curl --restart=Never -i --rm -q -- curl -s"


@pytest.mark.parametrize(
    ("image", "asked", "shown"),
    [
        ("us-docker.pkg.dev/google-samples/containers/gke/gb-frontend:v5", "http://web", "Guestbook"),
        ("wordpress:6.2.1-apache", "-i http://web", "Location: /wp-admin/setup-config.php"),
        ("wordpress:6.2.1-apache --env WORDPRESS_DB_HOST=mysql", "-L http://web", "WordPress"),
        ("wordpress:6.2.1-apache", "http://web/wp-login.php", "KubeLab does not simulate"),
    ],
)
def test_the_first_page_is_there(console, image, asked, shown):
    console.ok(f"kubectl run web --image={image} --port=80; kubectl expose pod web")
    console.advance(90)
    assert shown in console.ok(f"{GET} {asked}")


def test_the_guestbooks_redis_answers(console):
    digest = "sha256:cb111d1bd870a6a471385a4a69ad17469d326e9dd91e0e455350cacf36e1b3ee"
    console.ok(f"kubectl run leader --image=registry.k8s.io/redis@{digest}")
    console.advance(30)
    assert console.ok("kubectl exec leader -- redis-cli ping") == "PONG\n"
