"""Learners come into a class by its link or their own invitation, and leave it."""

import pytest
from django.core.cache import cache
from django.test import Client

from kubelab.accounts.models import User
from kubelab.classroom.models import Classroom, Membership
from tests.classroom.conftest import ago, somebody

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_was_tried():
    cache.clear()
    yield
    cache.clear()


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


def test_a_place_on_the_roster_is_given_by_its_own_link_alone(classroom, eve):
    other = Membership.objects.create(classroom=classroom, name="Bob")
    bob = somebody("bob")
    join(bob, classroom, other.code, "Bob")
    other.refresh_from_db()
    assert other.learner == bob.user
    assert join(somebody("mallory"), classroom, other.code).status_code == 404, "it was for one learner"


def test_who_says_they_have_an_address_of_the_roster_proves_it_by_the_mail(classroom, eve, mailoutbox):
    hers = Membership.objects.create(classroom=classroom, name="Eve Adams", email="EVE@example.org", number="7")
    page = eve.reads(f"/join/{classroom.join_code}/")
    assert "Eve Adams" not in page
    home = join(eve, classroom).url
    joined = Membership.objects.get(learner=eve.user)
    assert joined != hers and joined.number == ""
    page = eve.reads(home)
    assert "a place waits for <strong>EVE@example.org</strong>" in page and "We have sent a mail" in page
    [mail] = mailoutbox
    assert mail.to == ["EVE@example.org"] and f"/join/{hers.code}/" in mail.body
    assert 'value="Eve Adams"' in eve.reads(f"/join/{hers.code}/")
    join(eve, classroom, hers.code, "Eve Adams")
    mine = Membership.objects.get()
    assert (mine.pk, mine.name, mine.number, mine.learner) == (joined.pk, "Eve Adams", "7", eve.user)
    assert "a place waits" not in eve.reads(home)


def test_the_mail_is_sent_again_but_not_all_day(classroom, eve, mailoutbox):
    Membership.objects.create(classroom=classroom, name="Eve Adams", email="eve@example.org")
    home = join(eve, classroom).url
    for _ in range(5):
        page = eve.post(f"{home}prove/", follow=True).content.decode()
    assert len(mailoutbox) == 3 and "Ask your instructor for your own link" in page


def test_an_instructor_says_whose_place_it_is(teacher, classroom, eve, ada):
    hers = Membership.objects.create(classroom=classroom, name="Eve Adams", email="eve@example.org", number="7")
    join(eve, classroom)
    people = f"/classes/{classroom.public_id}/people/"
    assert "The account eve says so too." in teacher.reads(people)
    joined = Membership.objects.get(learner=eve.user)
    for wrong in ({}, {"place": hers.pk}, {"place": hers.pk, "to": "²"}, {"place": joined.pk, "to": hers.pk}):
        assert teacher.post(f"{people}give/", wrong).status_code == 404
    for _ in range(2):
        teacher.post(f"{people}give/", {"place": hers.pk, "to": joined.pk})
    joined.refresh_from_db()
    assert (joined.name, joined.number, Membership.objects.count()) == ("Eve Adams", "7", 2)


def test_codes_are_not_found_by_trying(classroom, eve):
    for number in range(10):
        assert eve.get(f"/join/wrong-{number}/").status_code == 404
    assert eve.get(f"/join/{classroom.join_code}/").status_code == 429, "not even the right one is told now"
    page = eve.post("/classes/join/", {"code": classroom.join_code}, follow=True).content.decode()
    assert "Too many wrong codes" in page
    nobody = somebody("bob")
    for _ in range(20):
        assert nobody.get("/join/dead-link/").status_code == 404, "a dead link is one wrong code"
    assert nobody.get(f"/join/{classroom.join_code}/").status_code == 200
    for number in range(100):
        Client().get(f"/join/nobodys-{number}/")
    assert Client().get(f"/join/{classroom.join_code}/").status_code == 429


def test_a_code_that_is_typed_finds_the_class(classroom, eve):
    assert eve.post("/classes/join/", {"code": f" {classroom.join_code} "}).url == f"/join/{classroom.join_code}/"
    assert eve.post("/classes/join/", {"code": "nonsense"}, follow=True).content.count(b"leads into no class") == 1
    assert eve.post("/classes/join/", {}).url == "/classes/"
    whole = f"http://testserver/join/{classroom.join_code}/"
    assert eve.post("/classes/join/", {"code": whole}).url == f"/join/{classroom.join_code}/"


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
    by_address = teacher.post(f"{home}instructors/", {"who": "eve@example.org"}).content.decode()
    assert "Not the address" in by_address, "anybody can give any address as theirs"
    assert "They learn in this class" in teacher.post(f"{home}instructors/", {"who": "ada"}).content.decode()
    teacher.post(f"{home}instructors/", {"who": "EVE"})
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


def test_who_alone_teaches_a_class_hands_it_over_before_the_account_goes(classroom, teacher, eve):
    assert "Spring has no other instructor" in teacher.reads("/account/")
    page = teacher.post("/account/delete/", {"sure": "yes"}, follow=True).content.decode()
    assert "Nothing was deleted" in page and User.objects.filter(pk=teacher.user.pk).exists()
    teacher.post(f"/classes/{classroom.public_id}/instructors/", {"who": "eve"})
    assert "no other instructor" not in teacher.reads("/account/")
    teacher.post("/account/delete/", {"sure": "yes"})
    assert not User.objects.filter(pk=teacher.user.pk).exists() and classroom.teachings.get().instructor == eve.user
    eve.post(f"/classes/{classroom.public_id}/archive/", {"away": "yes"})
    eve.post("/account/delete/", {"sure": "yes"})
    assert not User.objects.filter(pk=eve.user.pk).exists() and Classroom.objects.exists(), "an archived one may rest"
