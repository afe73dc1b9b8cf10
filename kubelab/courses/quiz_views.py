"""Questions are answered: in the steps of a lesson, and on its quiz page.

Any learner may, with or without a cluster.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from kubelab.accounts.guests import learner_of
from kubelab.courses import progress as progresses
from kubelab.courses.format.lesson import Lesson, Page
from kubelab.courses.format.questions import Question
from kubelab.courses.grading import Given, NoAnswer, given_in, grade, is_order, shuffled
from kubelab.courses.judging import judge_question
from kubelab.courses.models import Answer, Progress
from kubelab.courses.presenting import ShownQuestion, pieces, shown_question
from kubelab.courses.starting import furnish_if_need_be
from kubelab.courses.telling import tells_what_was_not_kept
from kubelab.courses.views import lesson_or_404, seed_of, work_context

QUIZ = "quiz"
MOST_TRIES = 500  # at one question: nobody who learns needs more, and all are kept


def question_or_404(slug: str, page_name: str, question_id: str) -> tuple[Lesson, Page, Question]:
    lesson = lesson_or_404(slug)
    page = dict(lesson.pages()).get(page_name)
    question = next((one for one in page.questions if one.id == question_id), None) if page is not None else None
    if page is None or question is None:
        raise Http404
    return lesson, page, question


@require_safe
@tells_what_was_not_kept
def quiz(request: HttpRequest, slug: str) -> HttpResponse:
    """All questions of a lesson's quiz; beside the cluster for those who have one."""
    lesson = lesson_or_404(slug)
    if lesson.quiz is None:
        raise Http404
    progress = progresses.progress_of(request.user, lesson)
    answers = progresses.answers_of(progress, QUIZ)
    context = {
        "lesson": lesson,
        "quiz": lesson.quiz,
        "pieces": pieces(lesson.quiz, QUIZ, slug, outcomes={}, answers=answers, seed=seed_of(request)),
        "score": score_context(answers, lesson.quiz),
        "done": progresses.steps_done(progress),
        "step": {"slug": QUIZ},
    }
    if progress is None or progress.lab is None:
        return render(request, "courses/quiz.html", context)
    furnish_if_need_be(progress)
    context |= work_context(progress.lab, lesson, lesson.title, lesson.open)
    return render(request, "courses/quiz_in_lab.html", context)


def score_context(answers: dict[str, Answer], page: Page) -> dict[str, float | int]:
    reached, possible = progresses.score_of(answers, page)
    answered = sum(one.id in answers for one in page.questions)
    return {"reached": reached, "possible": possible, "answered": answered, "questions": len(page.questions)}


@require_POST
@tells_what_was_not_kept
def answer(request: HttpRequest, slug: str, page_name: str, question_id: str) -> HttpResponse:
    """Grade an answer at once, keep it, and show how it did."""
    lesson, page, question = question_or_404(slug, page_name, question_id)
    order = order_in(request, question)
    try:
        given = given_in(question, request.POST)
    except NoAnswer as error:
        shown = shown_question(question, page_name, slug, None, seed_of(request), order)
        shown.problem = str(error)
        return shown_again(request, slug, shown, lesson, page, None)
    if has_tried_enough(request, lesson, page_name, question):
        shown = shown_question(question, page_name, slug, None, seed_of(request), order)
        shown.problem = f"You have tried this question {MOST_TRIES} times. Leave it for another day."
        return shown_again(request, slug, shown, lesson, page, None)
    is_new = not request.user.is_authenticated
    progress = progresses.begun(learner_of(request), lesson)
    if question.kind == "cluster":
        given = judged(progress, lesson, question)
    given["order"] = order or shuffled(question, seed_of(request))
    kept = Answer.objects.create(
        progress=progress, page=page_name, question=question_id, given=given, score=grade(question, given).score
    )
    if is_new and request.htmx:
        return HttpResponseClientRefresh()  # the other forms of the page still have the token of nobody
    shown = shown_question(question, page_name, slug, kept, seed_of(request))
    return shown_again(request, slug, shown, lesson, page, progress)


def has_tried_enough(request: HttpRequest, lesson: Lesson, page_name: str, question: Question) -> bool:
    progress = progresses.progress_of(request.user, lesson)
    tries = Answer.objects.filter(progress=progress, page=page_name, question=question.id)
    return progress is not None and tries.count() >= MOST_TRIES


def judged(progress: Progress, lesson: Lesson, question: Question) -> Given:
    outcome = judge_question(progress, lesson, question)
    return {"passed": outcome.passed, "why": outcome.why}


def order_in(request: HttpRequest, question: Question) -> list[int] | None:
    """Return the order in which the page has the choices, so that they stay where they are."""
    words = request.POST.get("order", "").split(",")
    order = [int(word) for word in words if word.isdecimal() and len(word) < 4]
    return order if is_order(order, question) else None


@require_POST
def again(request: HttpRequest, slug: str, page_name: str, question_id: str) -> HttpResponse:
    """Take a question again; what was answered before is kept, but does not count."""
    lesson, page, question = question_or_404(slug, page_name, question_id)
    progress = progresses.progress_of(request.user, lesson)
    if progress is None:
        raise Http404
    withdraw(progress, page_name, [question])
    shown = shown_question(question, page_name, slug, None, seed_of(request))
    return shown_again(request, slug, shown, lesson, page, progress)


@require_POST
def quiz_again(request: HttpRequest, slug: str) -> HttpResponse:
    """Take the whole quiz again."""
    lesson = lesson_or_404(slug)
    progress = progresses.progress_of(request.user, lesson)
    if lesson.quiz is None or progress is None:
        raise Http404
    withdraw(progress, QUIZ, lesson.quiz.questions)
    return redirect("quiz", slug)


def withdraw(progress: Progress, page_name: str, questions: list[Question]) -> None:
    answered = progresses.answers_of(progress, page_name)
    rows = [
        Answer(
            progress=progress,
            page=page_name,
            question=question.id,
            given={},
            score=0,
            withdrawn=True,
            answered=timezone.now(),
        )
        for question in questions
        if question.id in answered
    ]
    Answer.objects.bulk_create(rows)


def shown_again(
    request: HttpRequest, slug: str, shown: ShownQuestion, lesson: Lesson, page: Page, progress: Progress | None
) -> HttpResponse:
    if not request.htmx:
        where = reverse("quiz", args=[slug]) if shown.page == QUIZ else reverse("step", args=[slug, shown.page])
        return redirect(f"{where}#question-{shown.question.id}")
    context = {"shown": shown, "lesson": lesson, "focused": True}
    if shown.page == QUIZ and progress is not None:
        context["score"] = score_context(progresses.answers_of(progress, QUIZ), page)
    return render(request, "courses/_answered.html", context)
