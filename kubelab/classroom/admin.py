"""Classes in Django's admin. Grades are not changed here: the class's own pages keep their history."""

from django.contrib import admin
from django.http import HttpRequest

from kubelab.classroom.models import Assignment, Classroom, GradeChange, Membership, Teaching


class TeachingInline(admin.TabularInline):
    model = Teaching
    autocomplete_fields = ("instructor",)
    extra = 0


@admin.register(Classroom)
class Classes(admin.ModelAdmin):
    list_display = ("name", "public_id", "time_zone", "created", "archived")
    list_filter = ("archived",)
    search_fields = ("name", "public_id")
    readonly_fields = ("public_id", "join_code", "created")
    inlines = (TeachingInline,)


@admin.register(Membership)
class Memberships(admin.ModelAdmin):
    list_display = ("name", "classroom", "learner", "email", "joined", "removed")
    list_select_related = ("classroom", "learner")
    search_fields = ("name", "email", "learner__username")
    autocomplete_fields = ("classroom", "learner")
    exclude = ("code",)


@admin.register(Assignment)
class Assignments(admin.ModelAdmin):
    list_display = ("title", "classroom", "kind", "due", "points")
    list_select_related = ("classroom",)
    search_fields = ("title", "classroom__name")
    autocomplete_fields = ("classroom",)


@admin.register(GradeChange)
class GradeChanges(admin.ModelAdmin):
    list_display = ("at", "standing", "was", "became", "by", "reason")
    list_select_related = ("standing__assignment", "standing__membership", "by")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
