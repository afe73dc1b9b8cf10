from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("labs", "0004_moments")]

    operations = [
        migrations.AddField(
            model_name="lab",
            name="set_aside_at",
            field=models.FloatField(null=True),
        ),
    ]
