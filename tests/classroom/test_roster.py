"""A roster as spreadsheets write it becomes places in a class: all of them, or none and a report of the lines."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kubelab.accounts.models import User
from kubelab.classroom.models import Membership
from kubelab.classroom.roster import read, text_of
from tests.classroom.conftest import somebody
from tests.classroom.conftest import text_of as words_of


def people(text):
    found = read(text)
    assert not found.mistakes, found.mistakes
    return [(one.name, one.email, one.number) for one in found.people]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name,email\nAda Lovelace,ADA@example.org\n", [("Ada Lovelace", "ada@example.org", "")]),
        ("Last name;First name;Student ID\nLovelace;Ada;7\n", [("Ada Lovelace", "", "7")]),
        ("Name\tE-Mail\nAda\ta@example.org", [("Ada", "a@example.org", "")]),
        ("Ada,ada@example.org,7\r\nAlan,,8\r\n", [("Ada", "ada@example.org", "7"), ("Alan", "", "8")]),
        ('name\n"Turing, Alan"\n\n', [("Turing, Alan", "", "")]),
        ("\ufeffsep=;\r\nName;E-Mail\r\nAda;a@example.org\r\n", [("Ada", "a@example.org", "")]),
        ('name;email\n"Groß,\nJürgen 😀";J@example.org\n', [("Groß, Jürgen 😀", "j@example.org", "")]),
        ("name\rAda\rAlan\r", [("Ada", "", ""), ("Alan", "", "")]),
        ("\ufeffname,phone\nÉmile\u200b  Borel,555\n", [("Émile Borel", "", "")]),
    ],
)  # fmt: skip
def test_what_spreadsheets_write_is_understood(text, expected):
    assert people(text) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_letters_come_through_whatever_the_encoding(encoding):
    assert people(text_of("name\nÉmile Borel\n".encode(encoding))) == [("Émile Borel", "", "")]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "nothing in it"),
        ("name,email\n,ada@example.org", 2, "name is missing"),
        ("name,email\nAda,ada@", 2, "no e-mail address"),
        ("name,email\nAda,a@b.org\nEve,A@b.org", 3, "stands in line 2 already"),
        (f"name\n{'x' * 101}", 2, "longer than 100"),
        ("email,number\na@b.org,7", 1, "no column with names"),
        ("name\n" + "x\n" * 5000, 2001, "At most 2000 learners at a time: there are 5001 lines"),
        ('name,email\n"Meier,\nAnna",anna@\n', 2, "no e-mail address"),
        ("sep=;\nname;email\nAda;ada@", 3, "no e-mail address"),
    ],
)
def test_bad_lines_are_named(text, line, words):
    [(number, message), *_] = read(text).mistakes
    assert number == line and words in message


@pytest.mark.django_db
def test_columns_that_mean_nothing_here_are_named_when_the_rest_is_imported(teacher, classroom):
    url = f"/classes/{classroom.public_id}/people/import/"
    text = "Last name;First name;Group;;Tutor <b>;E-mail\nMüller;Jürgen;2a;;Frau K;j@example.org\n"
    page = teacher.post(url, {"text": text}, follow=True).content.decode()
    assert "1 learner added." in page and "column “Group”, “Tutor &lt;b&gt;”." in page
    assert [(one.name, one.email) for one in Membership.objects.all()] == [("Jürgen Müller", "j@example.org")]
    assert "column" not in teacher.post(url, {"text": "Ada\n"}, follow=True).content.decode().split("<h1")[0]


@pytest.mark.django_db
def test_one_bad_line_and_nothing_is_imported(teacher, classroom):
    url = f"/classes/{classroom.public_id}/people/import/"
    text = "name,email\nAda,ada@example.org\nEve <b>,nonsense\n"
    page = teacher.post(url, {"file": SimpleUploadedFile("r.csv", text.encode())}).content.decode()
    assert "Nothing was imported" in page and "“nonsense” is no e-mail address" in page
    assert "Eve &lt;b&gt;,nonsense" in page, "what was sent can be mended on the page"
    assert not Membership.objects.exists()
    answer = teacher.post(url, {"text": text.replace("nonsense", "eve@example.org")})
    assert answer.url == f"/classes/{classroom.public_id}/people/" and Membership.objects.count() == 2
    assert "2 not here yet" in words_of(teacher.reads(answer.url))


@pytest.mark.django_db
def test_those_who_are_there_keep_their_place_and_accounts_are_found_by_name(teacher, classroom, ada):
    somebody("eve")
    url = f"/classes/{classroom.public_id}/people/import/"
    bad = teacher.post(url, {"text": "name,username\nEve,eve\nBob,bob\n"}).content.decode()
    assert "Line 3" in bad and "no account with the name “bob”" in bad and Membership.objects.count() == 1
    Membership.objects.filter(pk=ada.place.pk).update(email="ADA@example.org")
    teacher.post(url, {"text": "name,username,email,number\nEve,EVE,,\nAda King,,ada@example.org,7\n"})
    ada.place.refresh_from_db()
    assert (ada.place.name, ada.place.number) == ("Ada King", "7")
    eve = Membership.objects.get(learner__username="eve")
    assert eve.joined is None, "an account comes in by itself, or not at all"


@pytest.mark.django_db
def test_an_address_that_an_account_merely_claims_takes_no_place(teacher, classroom, ada):
    User.objects.filter(pk=ada.user.pk).update(email="kurt@example.org")
    url = f"/classes/{classroom.public_id}/people/import/"
    teacher.post(url, {"text": "name,email,number\nKurt Gödel,kurt@example.org,7\n"})
    ada.place.refresh_from_db()
    assert (ada.place.name, ada.place.number, Membership.objects.count()) == ("Ada Lovelace", "", 2)


@pytest.mark.django_db
def test_the_same_roster_twice_adds_nobody_and_brings_back_who_was_removed(teacher, classroom, ada):
    url = f"/classes/{classroom.public_id}/people/"
    for _ in range(2):
        teacher.post(f"{url}import/", {"text": "name\nAda Lovelace\nKurt Gödel\n"})
        assert Membership.objects.count() == 2
    teacher.post(f"{url}{ada.place.pk}/remove/")
    teacher.post(f"{url}import/", {"text": "name\nADA Lovelace\n"})
    ada.place.refresh_from_db()
    assert (ada.place.removed, ada.place.barred, Membership.objects.count()) == (None, False, 2)


@pytest.mark.django_db
def test_a_file_that_is_none_is_told_beside_the_field(teacher, classroom):
    url = f"/classes/{classroom.public_id}/people/import/"
    assert "Choose a file" in teacher.post(url, {}).content.decode()
    big = SimpleUploadedFile("r.csv", b"x" * 1_000_001)
    assert "larger than 1 MB" in teacher.post(url, {"file": big}).content.decode()
    empty = teacher.post(url, {"file": SimpleUploadedFile("r.csv", b"")}).content.decode()
    assert "The submitted file is empty" in empty
    binary = SimpleUploadedFile("r.csv", bytes(range(256)) * 4)
    assert "Nothing was imported" in teacher.post(url, {"file": binary}).content.decode()
    assert not Membership.objects.exists()
