"""What is done once a day."""

from django.db import models


class Chore(models.Model):
    """The last day for which something was done."""

    name = models.TextField(primary_key=True)
    done_for = models.DateField()

    class Meta:
        db_table = "availability_chore"
