"""A number that the token of a lab's administrator follows from."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("labs", "0002_screen")]

    operations = [
        migrations.AddField(
            model_name="lab",
            name="token_number",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
