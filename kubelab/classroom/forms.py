"""Forms of classes. What is wrong is said beside the field, and what was typed stays."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms

from kubelab.accounts.models import User
from kubelab.classroom.items import Item, item_named, item_of, items
from kubelab.classroom.models import Assignment, Classroom, Explained, Extension, Kind, Late, Membership, as_number

MOMENT = "%Y-%m-%dT%H:%M"
MOST_POINTS = 10_000


@cache
def zones() -> list[tuple[str, str]]:
    """Return the time zones to choose from; UTC first."""
    names = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


class ClassroomForm(forms.ModelForm):
    time_zone = forms.ChoiceField(
        label="Time zone", choices=zones, initial="UTC", help_text="Opening and due times are meant, and shown, in it."
    )

    class Meta:
        model = Classroom
        fields = ("name", "time_zone")
        help_texts = {"name": "As learners see it, for example “Kubernetes, spring, group B”."}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off"})}


class JoinForm(forms.ModelForm):
    class Meta:
        model = Membership
        fields = ("name",)
        labels = {"name": "Your name"}
        help_texts = {"name": "As your instructor knows you."}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


class CoInstructorForm(forms.Form):
    who = forms.CharField(
        label="Name of their account", max_length=254, help_text="They see it at the top of each page."
    )

    def clean_who(self) -> User:
        typed = self.cleaned_data["who"].strip()
        if "@" in typed:  # anybody can give any address as theirs
            raise forms.ValidationError("Not the address, please: the name of their account. Ask them for it.")
        found = User.objects.filter(username__iexact=typed, is_guest=False, is_active=True).first()
        if found is None:
            raise forms.ValidationError(f"There is no account “{typed}”. They have to sign up first.")
        return found


class RosterForm(forms.Form):
    file = forms.FileField(label="A CSV file", required=False, help_text="From a spreadsheet or your school's system.")
    text = forms.CharField(
        label="… or its lines, typed or pasted",
        required=False,
        strip=False,
        max_length=1_000_000,
        widget=forms.Textarea(
            attrs={"rows": 10, "spellcheck": "false", "placeholder": "name,email\nAda Lovelace,ada@example.org"}
        ),
    )


def moment_field(label: str, help_text: str = "") -> forms.DateTimeField:
    widget = forms.DateTimeInput(format=MOMENT, attrs={"type": "datetime-local"})
    return forms.DateTimeField(
        label=label, required=False, help_text=help_text, widget=widget, input_formats=[MOMENT, "%Y-%m-%d %H:%M"]
    )


def item_choices() -> list[tuple[str, Any]]:
    """Return all that can be assigned, grouped by lesson."""
    names = {"lesson": "The lesson", "exercise": "Exercise", "quiz": "Quiz"}

    def named(one: Item) -> str:
        return f"{names[one.kind]}: {one.lesson.title if one.kind == Kind.QUIZ else one.title}"

    return [("", "Choose …")] + [(title, [(one.value, named(one)) for one in group]) for title, group in items()]


class AssignmentForm(forms.ModelForm):
    item = forms.ChoiceField(label="What", choices=item_choices, error_messages={"required": "Choose what to assign."})
    opens = moment_field("Opens", "Empty: at once.")
    due = moment_field("Due", "Empty: any time. When it has passed, open attempts are graded as they are.")
    points = forms.FloatField(
        required=False,
        min_value=0,
        max_value=MOST_POINTS,
        help_text="Empty: as many as it gives by itself. Partial credit is in proportion.",
    )

    class Meta:
        model = Assignment
        fields = (
            "item",
            "title",
            "instructions",
            "opens",
            "due",
            "late",
            "penalty",
            "attempts",
            "time_limit",
            "points",
            "hints",
            "explained",
        )
        labels = {
            "late": "What comes late",
            "penalty": "Percent taken off what comes late",
            "time_limit": "Time limit, in minutes",
            "hints": "Learners may ask for hints",
            "explained": "Right answers and explanations are shown",
        }
        help_texts = {
            "title": "Empty: the name of what you assign.",
            "instructions": "Optional: a few words of yours above it.",
            "attempts": "How often it may be handed in; the best counts. Empty: any number.",
            "time_limit": "From the start of each attempt. Empty: none.",
            "hints": "Of exercises.",
            "explained": "Of quizzes.",
        }
        widgets = {"instructions": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["points"] = as_number(self.instance.points) if self.instance.pk else None
        for name in ("title", "penalty", "attempts", "time_limit"):
            self.fields[name].required = False
        self.fields["penalty"].widget.attrs.update(min=0, max=100)
        if self.instance.pk:
            item = item_of(self.instance)
            self.fields["item"].required, self.fields["item"].disabled = False, True
            self.fields["item"].initial = item.value if item is not None else ""
            self.fields["item"].help_text = "It stays what it is; make another assignment for something else."

    def clean_item(self) -> Any:
        value = self.cleaned_data["item"]
        if self.instance.pk:
            return item_of(self.instance)
        found = item_named(value)
        if found is None:
            raise forms.ValidationError("That is not among the lessons any more. Choose another.")
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        opens, due = data.get("opens"), data.get("due")
        if opens and due and due <= opens:
            self.add_error("due", "It would be due before it opens.")
        if data.get("penalty") is None:
            data["penalty"] = 20
            if data.get("late") == Late.PENALTY and "penalty" not in self.errors:
                self.add_error("penalty", "How much is taken off? A number from 0 to 100.")
        if data.get("explained") == Explained.AFTER_DUE and not due and "due" not in self.errors:
            self.add_error("explained", "There is no due time after which they could be shown.")
        item = data.get("item")
        if item is not None and item.kind == Kind.LESSON:
            for name in ("attempts", "time_limit"):
                if data.get(name):
                    self.add_error(name, "Not for a lesson: it is worth what is done of it. Leave this empty.")
        if item is not None:
            data["title"] = data.get("title") or item.title[:100]
            if data.get("points") is None:
                data["points"] = item.points
        elif self.instance.pk:
            data["title"] = data.get("title") or self.instance.title
            data["points"] = data["points"] if data.get("points") is not None else self.instance.points
        return data

    def save(self, commit: bool = True) -> Assignment:
        item = self.cleaned_data["item"]
        if item is not None:
            self.instance.kind, self.instance.lesson = item.kind, item.lesson.slug
            self.instance.exercise = item.file.slug if item.file is not None else ""
        return super().save(commit)


class ExtensionForm(forms.ModelForm):
    due = moment_field("Due", "Empty: as for the others.")
    minutes = forms.IntegerField(label="More minutes for each attempt", required=False, min_value=0, max_value=10_000)
    attempts = forms.IntegerField(label="More attempts", required=False, min_value=0, max_value=1_000)

    class Meta:
        model = Extension
        fields = ("due", "minutes", "attempts", "reason")
        help_texts = {"reason": "Optional; only instructors see it."}

    def clean_minutes(self) -> int:
        return self.cleaned_data["minutes"] or 0

    def clean_attempts(self) -> int:
        return self.cleaned_data["attempts"] or 0


class OverrideForm(forms.Form):
    points = forms.FloatField(
        required=False, min_value=0, max_value=MOST_POINTS, help_text="Empty: what was worked out, again."
    )
    reason = forms.CharField(max_length=300, help_text="Kept in the grade's history.")

    @classmethod
    def showing(cls, points: float | None) -> "OverrideForm":
        """Return the form as it is before anything was typed."""
        return cls(initial={"points": as_number(points)}, prefix="override")
