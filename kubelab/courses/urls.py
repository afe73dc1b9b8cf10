"""Addresses of courses."""

from django.urls import URLPattern, path

from kubelab.courses import exercise_views, quiz_views, views

urlpatterns: list[URLPattern] = [
    path("lessons/", views.lessons, name="lessons"),
    path("lessons/<slug:slug>/", views.lesson, name="lesson"),
    path("lessons/<slug:slug>/end/", views.end, name="lesson-end"),
    path("lessons/<slug:slug>/images/<path:name>", views.picture, name="lesson-picture"),
    path("lessons/<slug:slug>/quiz/", quiz_views.quiz, name="quiz"),
    path("lessons/<slug:slug>/quiz/again/", quiz_views.quiz_again, name="quiz-again"),
    path("lessons/<slug:slug>/answer/<slug:page_name>/<slug:question_id>/", quiz_views.answer, name="answer"),
    path("lessons/<slug:slug>/answer/<slug:page_name>/<slug:question_id>/again/", quiz_views.again, name="again"),
    path("lessons/<slug:slug>/exercises/<slug:name>/", exercise_views.exercise, name="exercise"),
    path("lessons/<slug:slug>/exercises/<slug:name>/submit/", exercise_views.submit, name="exercise-submit"),
    path("lessons/<slug:slug>/exercises/<slug:name>/help/", exercise_views.exercise_help, name="exercise-help"),
    path("lessons/<slug:slug>/exercises/<slug:name>/again/", exercise_views.exercise_again, name="exercise-again"),
    path("lessons/<slug:slug>/<slug:step_slug>/", views.step, name="step"),
    path("lessons/<slug:slug>/<slug:step_slug>/help/", views.step_help, name="step-help"),
]
