"""The folder of lessons is watched: what is saved is shown, what is wrong is left out and told."""

import logging
import os

from kubelab.courses.library import Library
from tests.courses.conftest import HEAD


def test_a_lesson_is_there_as_soon_as_it_is_saved_and_gone_with_its_folder(author):
    assert author.library.lessons() == []
    path = author.write(f"---\n{HEAD}---\n## One\n")
    assert author.library.lesson("mine").title == "T"
    path.write_text(f"---\n{HEAD.replace('title: T', 'title: U')}---\n## One\n")
    assert author.library.lesson("mine").title == "U"
    author.write("hello", "files/new.txt")
    assert author.library.lesson("mine").files == {"new.txt": "hello"}
    (author.folder / "mine" / "files" / "new.txt").unlink()
    assert author.library.lesson("mine").files == {}
    os.rename(author.folder / "mine", author.folder / "_mine")
    assert author.library.lesson("mine") is None and author.library.lessons() == []


def test_what_has_not_changed_is_not_read_again(author):
    author.lesson("## One\n")
    assert author.library.lesson("mine") is author.library.lesson("mine")


def test_looking_costs_nothing_within_a_moment(author, monkeypatch):
    library = Library(author.folder, every=60)
    library.lessons()
    monkeypatch.setattr(Library, "_look_now", lambda self: 1 / 0)
    assert library.lessons() == []


def test_a_lesson_with_a_mistake_is_left_out_and_told_the_others_go_on(author, caplog):
    author.lesson("## One\n", slug="good")
    with caplog.at_level(logging.ERROR):
        author.lesson("## One\n:::what\n:::\n", slug="bad")
    assert [one.slug for one in author.library.lessons()] == ["good"]
    assert author.library.lesson("bad") is None
    assert "lessons/bad/lesson.md:9: unknown block :::what" in caplog.text
    assert len(author.mistakes()) == 1
    author.lesson("## One\n", slug="bad")
    assert author.mistakes() == [] and author.library.lesson("bad") is not None


def test_lessons_are_listed_by_part_in_the_order_of_the_topics(author):
    author.lesson("## One\n", HEAD.replace("pod-single", "pod-single, declarative"), slug="b")
    author.lesson("## One\n", HEAD.replace("pod-single", "declarative"), slug="c")
    author.lesson("## One\n", HEAD + "order: 1\n", slug="z")
    found = {part: [one.slug for one in lessons] for part, lessons in author.library.parts().items()}
    assert found == {"Ideas": ["c"], "Pods": ["z", "b"]}


def test_mistakes_in_topics_yaml_are_named(author):
    (author.folder / "topics.yaml").write_text("- part: A\n  topics:\n    Bad Id: x\n")
    assert author.mistakes() == ["lessons/topics.yaml:3: 'Bad Id' is no id, or it is there twice"]
    (author.folder / "topics.yaml").write_text("- part: [\n")
    assert author.mistakes()[0].startswith("lessons/topics.yaml:2: no YAML")
