"""Learners come into a class by its link or their own invitation, and leave it."""

import pytest
from django.test import Client

from kubelab.accounts.models import User
from kubelab.classroom.models import Classroom, Membership
from tests.classroom.conftest import ago, somebody

pytestmark = pytest.mark.django_db


@pytest.fixture
def eve():
    return somebody("eve")


def join(person, classroom, code=None, name="Eve"):
    return person.post(f"/join/{code or classroom.join_code}/", {"name": name})


def test_whoever_is_nobody_yet_signs_up_on_the_way(classroom):
    browser = Client()
    page = browser.get(f"/join/{classroom.join_code}/").content.decode()
    assert "Create an account" in page and f"next=/join/{classroom.join_code}/" in page
    browser.force_login(User.objects.create_guest())
    assert browser.post(f"/join/{classroom.join_code}/", {"name": "G"}).status_code == 200
    assert not Membership.objects.exists()


def test_a_double_click_joins_once_and_coming_back_leads_into_the_class(classroom, eve):
    home = f"/classes/{classroom.public_id}/"
    assert join(eve, classroom).url == home == join(eve, classroom).url
    assert Membership.objects.get().name == "Eve"
    assert eve.get(f"/join/{classroom.join_code}/").url == home


def test_a_name_is_needed_and_what_was_typed_stays(classroom, eve):
    page = join(eve, classroom, name="x" * 101).content.decode()
    assert "at most 100 characters" in page and "x" * 101 in page and not Membership.objects.exists()


def test_a_link_that_was_renewed_or_closed_leads_nowhere(classroom, teacher, eve):
    old = classroom.join_code
    teacher.post(f"/classes/{classroom.public_id}/link/", {"action": "renew"})
    assert join(eve, classroom, old).status_code == 404
    classroom.refresh_from_db()
    teacher.post(f"/classes/{classroom.public_id}/link/", {"action": "close"})
    assert join(eve, classroom).status_code == 404
    teacher.post(f"/classes/{classroom.public_id}/link/", {"action": "open"})
    assert join(eve, classroom).status_code == 302
    Classroom.objects.update(archived=ago(days=1))
    assert somebody("mallory").get(f"/join/{classroom.join_code}/").status_code == 404


def test_a_place_on_the_roster_waits_for_its_address_or_its_own_link(classroom, eve):
    hers = Membership.objects.create(classroom=classroom, name="Eve Adams", email="EVE@example.org", number="7")
    other = Membership.objects.create(classroom=classroom, name="Bob")
    assert 'value="Eve Adams"' in eve.reads(f"/join/{classroom.join_code}/")
    join(eve, classroom, name="Eve Adams")
    hers.refresh_from_db()
    assert hers.learner == eve.user and hers.joined and Membership.objects.count() == 2
    bob = somebody("bob")
    join(bob, classroom, other.code, "Bob")
    other.refresh_from_db()
    assert other.learner == bob.user
    assert join(somebody("mallory"), classroom, other.code).status_code == 404, "it was for one learner"


def test_a_code_that_is_typed_finds_the_class(classroom, eve):
    assert eve.post("/classes/join/", {"code": f" {classroom.join_code} "}).url == f"/join/{classroom.join_code}/"
    assert eve.post("/classes/join/", {"code": "nonsense"}, follow=True).content.count(b"leads into no class") == 1
    assert eve.post("/classes/join/", {}).url == "/classes/"


def test_one_who_left_may_come_back_and_one_who_was_removed_may_not(classroom, teacher, ada):
    home = f"/classes/{classroom.public_id}/"
    ada.post(f"{home}leave/", {})
    assert ada.get(home).status_code == 200, "only who is sure"
    ada.post(f"{home}leave/", {"sure": "yes"})
    assert ada.get(home).status_code == 404
    join(ada, classroom, name="Ada")
    assert ada.get(home).status_code == 200 and Membership.objects.count() == 1
    teacher.post(f"{home}people/{ada.place.pk}/remove/")
    assert ada.get(home).status_code == 404 and join(ada, classroom).status_code == 404
    teacher.post(f"{home}people/{ada.place.pk}/remove/", {"back": "yes"})
    assert ada.get(home).status_code == 200


def test_co_instructors_come_and_go_but_one_stays(classroom, teacher, eve, ada):
    home = f"/classes/{classroom.public_id}/"
    wrong = teacher.post(f"{home}instructors/", {"who": "no body"}).content.decode()
    assert "no account “no body”" in wrong and 'value="no body"' in wrong
    assert "They learn in this class" in teacher.post(f"{home}instructors/", {"who": "ada"}).content.decode()
    teacher.post(f"{home}instructors/", {"who": "EVE@example.org"})
    assert eve.get(f"{home}gradebook/").status_code == 200
    mine = classroom.teachings.get(instructor=teacher.user)
    assert eve.post(f"{home}instructors/{mine.pk}/remove/").status_code == 302
    assert teacher.get(home).status_code == 404
    eve.post(f"{home}instructors/{classroom.teachings.get().pk}/remove/")
    assert classroom.teachings.count() == 1


def test_a_class_is_renamed_and_put_away(classroom, teacher, ada):
    home = f"/classes/{classroom.public_id}/"
    page = teacher.post(f"{home}settings/", {"name": "", "time_zone": "Mars/Base"}).content.decode()
    assert "This field is required" in page and "not one of the available choices" in page
    teacher.post(f"{home}settings/", {"name": "Autumn", "time_zone": "Asia/Tokyo"})
    classroom.refresh_from_db()
    assert (classroom.name, classroom.time_zone) == ("Autumn", "Asia/Tokyo")
    teacher.post(f"{home}archive/", {"away": "yes"})
    assert "This class is over" in ada.reads(home)
    teacher.post(f"{home}archive/", {"away": "no"})
    assert "This class is over" not in ada.reads(home)
