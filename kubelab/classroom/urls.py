"""Addresses of classes."""

from django.urls import URLPattern, path

from kubelab.classroom import (
    assignment_views,
    board_views,
    gradebook_views,
    people_views,
    views,
    work_views,
)

CLASS, TASK = "classes/<slug:public_id>/", "classes/<slug:public_id>/assignments/<int:number>/"

urlpatterns: list[URLPattern] = [
    path("classes/", views.classes, name="classes"),
    path("classes/new/", views.new_class, name="class-new"),
    path("classes/join/", views.join_by_code, name="class-join-code"),
    path("join/<slug:code>/", views.join, name="class-join"),
    path(CLASS, views.overview, name="class"),
    path(f"{CLASS}settings/", views.settings, name="class-settings"),
    path(f"{CLASS}link/", views.join_link, name="class-link"),
    path(f"{CLASS}archive/", views.archive, name="class-archive"),
    path(f"{CLASS}prove/", views.prove, name="class-prove"),
    path(f"{CLASS}leave/", views.leave, name="class-leave"),
    path(f"{CLASS}instructors/", views.add_instructor, name="class-instructors"),
    path(f"{CLASS}instructors/<int:number>/remove/", views.remove_instructor, name="class-instructor-remove"),
    path(f"{CLASS}people/", people_views.people, name="class-people"),
    path(f"{CLASS}people/import/", people_views.import_roster, name="class-import"),
    path(f"{CLASS}people/<int:number>/remove/", people_views.remove, name="class-remove"),
    path(f"{CLASS}people/<int:number>/link/", people_views.renew_invitation, name="class-invitation"),
    path(f"{CLASS}people/give/", people_views.give, name="class-give"),
    path(f"{CLASS}gradebook/", gradebook_views.gradebook, name="gradebook"),
    path(f"{CLASS}gradebook.csv", gradebook_views.gradebook_csv, name="gradebook-csv"),
    path(f"{CLASS}attempts/<int:number>/", gradebook_views.attempt, name="attempt"),
    path(f"{CLASS}attempts/<int:number>/map/", gradebook_views.attempt_map, name="attempt-map"),
    path(f"{CLASS}board/", board_views.board, name="board"),
    path(f"{CLASS}assignments/new/", assignment_views.new, name="assignment-new"),
    path(TASK, work_views.assignment, name="assignment"),
    path(f"{TASK}edit/", assignment_views.edit, name="assignment-edit"),
    path(f"{TASK}delete/", assignment_views.delete, name="assignment-delete"),
    path(f"{TASK}regrade/", assignment_views.regrade, name="assignment-regrade"),
    path(f"{TASK}board/", board_views.board, name="assignment-board"),
    path(f"{TASK}learners/<int:place>/", assignment_views.learner, name="standing"),
    path(f"{TASK}learners/<int:place>/extension/forget/", assignment_views.forget_extension, name="extension-forget"),
    path(f"{TASK}learners/<int:place>/look/", board_views.look, name="look"),
    path(f"{TASK}begin/", work_views.begin, name="assignment-begin"),
    path(f"{TASK}work/", work_views.work, name="assignment-work"),
    path(f"{TASK}submit/", work_views.submit, name="assignment-submit"),
    path(f"{TASK}save/", work_views.save, name="assignment-save"),
    path(f"{TASK}help/", work_views.ask_help, name="assignment-help"),
]
